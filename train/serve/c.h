// Five functions in plain C (C99): a trained classifier for C, Python, Go, C# and whatever else calls a shared library.
// They are all that liblogitape_c exports. Nothing is thrown, printed or ended: what fails says why in a sentence,
// logitape_error(), and leaves what it was given as it was. README.md beside this file has the calls from C and Python.
// Every function may be called from any thread. One model may predict on many threads at once; it must not be freed
// while one of them still does.
#ifndef LOGITAPE_C_H
#define LOGITAPE_C_H
#include <stddef.h>

#if defined(__GNUC__)
#define LOGITAPE_C_API __attribute__((visibility("default")))
#else
#define LOGITAPE_C_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

// What `logitape train` or Classifier::save has left, in memory.
typedef struct logitape_model logitape_model;

// What a model takes and gives. Arrays and texts (UTF-8) belong to the model. Later versions add members at the end
// alone: `size` tells the library how many of them the caller knows.
typedef struct logitape_shape {
  size_t size;                     // set it to sizeof(logitape_shape) before the call
  size_t inputs;                   // how many numbers a raw row has
  size_t classes;                  // how many probabilities a row gets
  const char* const* class_names;  // [classes]
  const char* const* input_names;  // [inputs]: the columns of the table, or "input 1", "input 2", ...
  const size_t* category_counts;   // [inputs]: 0 for a number
  // [inputs][category_counts[i]]: the texts that a column of text may hold; NULL for a number
  const char* const* const* categories;
} logitape_shape;

// The classifier of a file. NULL: it is none, is damaged, or reads free text, which rows of numbers cannot hold.
LOGITAPE_C_API logitape_model* logitape_load(const char* path);

// Fills in `shape`. 0, or another number for an error.
LOGITAPE_C_API int logitape_describe(const logitape_model* model, logitape_shape* shape);

// rows[row_count * inputs] -> probabilities[row_count * classes] and best[row_count], the place of the class that each
// row is told to be; either may be NULL. inputs and classes have to be those of logitape_describe. A number is itself,
// and NaN where it is missing. In a column of text it is the place of the text among categories[i]; any other number is
// a text that training did not see, and NaN a missing one. 0, or another number for an error: nothing is written then.
// Many rows are shared among threads: LOGITAPE_NUM_THREADS in the environment limits them.
LOGITAPE_C_API int logitape_predict(const logitape_model* model, const double* rows, size_t row_count, size_t inputs,
                                    float* probabilities, size_t classes, int* best);

// Why the last call of this thread that failed did so: a sentence of at most 1023 bytes, good until the next one that
// fails. "" before the first.
LOGITAPE_C_API const char* logitape_error(void);

// NULL is let pass.
LOGITAPE_C_API void logitape_free(logitape_model* model);

#ifdef __cplusplus
}
#endif
#endif  // LOGITAPE_C_H
