# awk -f undocumented.awk HEADERS: FILE:LINE of each type, concept and function at the margin that no comment tells of.
# It needs one right above, behind it, or in its paragraph: what stands together between blank lines shares its
# comments, so that overloads say things once and an options struct may lead to the function that explains it. What is
# in a detail namespace needs none.
function unheard(   i) { for (i = 1; i <= waiting; ++i) { print place[i]; bad = 1 } waiting = 0 }
FNR == 1 { unheard(); hidden = body = told = 0; head = 1 }
head && /^\/\// { next }
{ head = 0 }
/^namespace .*detail/ { hidden = 1 }
/^}  \/\/ namespace .*detail/ { hidden = 0 }
/^namespace/ || /^}  \/\/ namespace/ || (/^$/ && !body) { unheard(); told = 0; next }
body { if (/^}/) body = 0; next }
/^\/\/ clang-format/ { next }
/^\/\// { told = 1; waiting = 0; next }
hidden || /^(using|template|requires|#|}|$| )/ { next }
{
  type = /^(struct|class|enum class|concept) / && !/^(struct|class) [A-Za-z_0-9]+;/
  callable = /^[A-Za-z_].*[ &*](operator[^ ]+|[A-Za-z_0-9]+)\(/
  if ((type || callable) && !told && !/[;,})] +\/\/ /) place[++waiting] = FILENAME ":" FNR ": " $0
  body = /\{$/
}
END { unheard(); exit bad }
