# course_edit(NAME LESSON FROM TO [FROM TO ...]): the program logitape_course_NAME, which is the lesson with these words
# exchanged, as a pupil would. An exercise whose words are not in the program any more is an error.
function(course_edit name lesson)
  file(GLOB source ${PROJECT_SOURCE_DIR}/examples/course/${lesson}_*.cpp)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(READ ${source} text)
  string(REPLACE ";" "<semicolon>" text "${text}")  # CMake's own separator
  set(words ${ARGN})
  while(words)
    list(POP_FRONT words from to)
    string(FIND "${text}" "${from}" at)
    if(at EQUAL -1)
      message(FATAL_ERROR "${name}: \"${from}\" is not in ${source}")
    endif()
    string(REPLACE "${from}" "${to}" text "${text}")
  endwhile()
  string(REPLACE "<semicolon>" ";" text "${text}")
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}.new "${text}")
  file(COPY_FILE ${CMAKE_CURRENT_BINARY_DIR}/${name}.new ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp ONLY_IF_DIFFERENT)
  add_executable(logitape_course_${name} ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  target_compile_features(logitape_course_${name} PRIVATE cxx_std_20)
  target_link_libraries(logitape_course_${name} PRIVATE logitape::tape)
endfunction()

# course_answer(EXERCISE NAME): the program's output holds the exercise's answer.
function(course_answer exercise name)
  add_test(NAME course_answer_${exercise}
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/holds.sh ${PROJECT_SOURCE_DIR}/examples/course/ANSWERS.md ${exercise}
                   $<TARGET_FILE:logitape_course_${name}>)
endfunction()

# course_prints(NAME PATTERN [STATUS]): the changed program prints this, and exits so.
function(course_prints name pattern)
  set(status 0)
  if(ARGN)
    set(status ${ARGN})
  endif()
  set(program "\"$<TARGET_FILE:logitape_course_${name}>\" >${name}.txt 2>&1")
  set(holds "[ $? = ${status} ] && grep -E -- '${pattern}' ${name}.txt")
  add_test(NAME course_${name} COMMAND bash -c "${program}; ${holds} || { cat ${name}.txt; exit 1; }")
endfunction()
