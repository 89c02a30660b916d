// One word from each rank to rank 0, and one back; what went wrong follows as text.
#include "logitape/train/distributed/detail/agreement.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::distributed::detail {
namespace {

// Beyond patience, for who waits for rank 0: it is rank 0 that says who is missing.
constexpr double for_rank_0 = 5;

// What a rank tells rank 0, and what rank 0 answers.
struct Word {
  std::array<char, 56> place{};
  std::int32_t rank = 0;
  std::int16_t code = 0;
  std::int16_t flag = 0;
  std::int64_t length = 0;  // of the text that follows
};
static_assert(std::is_trivially_copyable_v<Word>);

Word word_of(std::string_view place, int rank, const Trouble& trouble, bool flag) {
  Word word{.rank = rank,
            .code = static_cast<std::int16_t>(trouble.code),
            .flag = flag,
            .length = static_cast<std::int64_t>(trouble.text.size())};
  place.copy(word.place.data(), word.place.size() - 1);
  return word;
}

std::string received_text(Messages& m, std::int64_t length, int from, int tag) {
  std::string text(static_cast<std::size_t>(length), '\0');
  m.receive(text.data(), text.size(), from, tag);
  m.wait("the text of an error", for_rank_0);
  return text;
}

// "rank 2", "ranks 1, 3": whose word is not there.
std::string missing(const std::vector<int>& slots) {
  constexpr int most = 8;
  std::string who;
  int count = 0;
  for (std::size_t r = 1; r < slots.size(); ++r)
    if (slots[r] >= 0 && ++count <= most) who += fmt::format("{}{}", who.empty() ? "" : ", ", r);
  return fmt::format("rank{} {}{}", count == 1 ? "" : "s", who,
                     count > most ? fmt::format(" and {} more", count - most) : "");
}

// The words of all ranks, at rank 0.
std::vector<Word> words_of_all(Messages& m, const Word& own) {
  const auto size = static_cast<std::size_t>(m.size());
  std::vector<Word> words(size, own);
  std::vector<int> slots(size, -1);
  for (std::size_t r = 1; r < size; ++r)
    slots[r] = m.receive_one(&words[r], sizeof(Word), static_cast<int>(r), word_tag);
  Nap nap(m);
  for (std::size_t here = 1; here < size;) {
    for (std::size_t r = 1; r < size; ++r)
      if (slots[r] >= 0 && m.arrived(slots[r])) {
        slots[r] = -1;
        ++here;
      }
    if (here == size) break;
    nap.take();
    if (nap.seconds() > m.patience())
      m.stop(
          fmt::format("{} of {} did not come to {} in {:g} s", missing(slots), size, own.place.data(), m.patience()));
  }
  return words;
}

// Rank 0's part.
Verdict judge(Messages& m, const Word& own, const Trouble& trouble) {
  const std::vector<Word> words = words_of_all(m, own);
  std::vector<std::string> texts(words.size());
  texts[0] = trouble.text;
  int first = -1;
  bool all = true;
  for (std::size_t r = words.size(); r-- > 0;) {
    if (r > 0) texts[r] = received_text(m, words[r].length, static_cast<int>(r), text_tag);
    if (!texts[r].empty()) first = static_cast<int>(r);
    all = all && !texts[r].empty() && texts[r] == texts[0];
  }
  for (const Word& word : words)
    if (first < 0 && word.place != own.place)
      m.stop(fmt::format("rank {} of {} is at {}, rank 0 at {}: they run different programs, or with other arguments",
                         word.rank, m.size(), word.place.data(), own.place.data()));
  const bool any = std::any_of(words.begin(), words.end(), [](const Word& word) { return word.flag != 0; });
  if (first < 0) return {0, {}, any};
  const auto of_first = static_cast<std::size_t>(first);
  return {all ? -1 : first, {static_cast<ErrorCode>(words[of_first].code), texts[of_first]}, any};
}

}  // namespace

Verdict agree(Messages& m, std::string_view place, const Trouble& own, bool flag) {
  Word word = word_of(place, m.rank(), own, flag);
  if (m.rank() == 0) {
    const Verdict verdict = judge(m, word, own);
    word = word_of(place, verdict.rank, verdict.trouble, verdict.any);
    for (int r = 1; r < m.size(); ++r) {
      m.send(&word, sizeof word, r, verdict_tag);
      m.send(verdict.trouble.text.data(), verdict.trouble.text.size(), r, verdict_text_tag);
    }
    m.wait("the agreement");
    return verdict;
  }
  Word answer;
  m.send(&word, sizeof word, 0, word_tag);
  m.send(own.text.data(), own.text.size(), 0, text_tag);
  m.receive(&answer, sizeof answer, 0, verdict_tag);
  m.wait(word.place.data(), for_rank_0);
  return {answer.rank,
          {static_cast<ErrorCode>(answer.code), received_text(m, answer.length, 0, verdict_text_tag)},
          answer.flag != 0};
}

std::string difference(Messages& m, std::string_view what, const std::string& text) {
  Word word;
  word.length = static_cast<std::int64_t>(text.size());
  if (m.rank() > 0) {
    m.send(&word, sizeof word, 0, compared_tag);
    m.send(text.data(), text.size(), 0, compared_text_tag);
    m.wait("a comparison", for_rank_0);
    return "";
  }
  std::string sentence;
  for (int r = 1; r < m.size(); ++r) {
    Word theirs;
    m.receive(&theirs, sizeof theirs, r, compared_tag);
    m.wait("a comparison");
    const std::string other = received_text(m, theirs.length, r, compared_text_tag);
    if (other != text && sentence.empty())
      sentence = fmt::format("the {} of rank {} of {} differs: {}; rank 0 has {}", what, r, m.size(), other, text);
  }
  return sentence;
}

}  // namespace logitape::inline v0::distributed::detail
