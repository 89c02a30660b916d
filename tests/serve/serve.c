// serve FOLDER: the five functions from C99, on what models.cpp has written: the same bits as in C++, a sentence for
// all that is wrong, and eight threads that predict with one model.
#include <logitape/c.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 5
#define CHECK(holds) ((holds) ? (void)0 : (printf("serve.c:%d: %s: %s\n", __LINE__, #holds, logitape_error()), exit(1)))

// what other languages have written down: a change of these is a change of the ABI
typedef char shape_is_seven_words[sizeof(logitape_shape) == 7 * sizeof(void*) ? 1 : -1];
typedef char categories_are_last[offsetof(logitape_shape, categories) == 6 * sizeof(void*) ? 1 : -1];

static double rows[ROWS][2];  // red 0, missing 1, blue 2; 7: a text that training did not see
static float expected[ROWS][3];
static int expected_class[ROWS];

static logitape_model* load(const char* folder, const char* name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.safetensors", folder, name);
  return logitape_load(path);
}

static int says(const char* part) { return strstr(logitape_error(), part) != NULL; }

static void* predicts(void* model) {
  for (int i = 0; i < 200; ++i) {
    float p[ROWS][3];
    int best[ROWS];
    if (logitape_predict((const logitape_model*)model, rows[0], ROWS, 2, p[0], 3, best) != 0 ||
        memcmp(p, expected, sizeof p) != 0 || memcmp(best, expected_class, sizeof best) != 0)
      return model;
    // each thread has an error of its own
    if (logitape_predict((const logitape_model*)model, rows[0], 1, (size_t)i + 3, p[0], 3, best) == 0) return model;
    char sentence[64];
    snprintf(sentence, sizeof sentence, "rows of %d numbers", i + 3);
    if (!says(sentence)) return model;
  }
  return NULL;
}

static void refuses(const char* folder, const logitape_model* model) {
  float p[3] = {-1, -1, -1};
  int best = -1;
  logitape_shape shape;
  CHECK(!logitape_load(NULL) && says("NULL"));
  CHECK(!load(folder, "nowhere") && says("nowhere.safetensors"));
  CHECK(!load(folder, "damaged") && says("damaged.safetensors"));
  CHECK(!load(folder, "text") && says("free text"));
  CHECK(logitape_predict(NULL, rows[0], 1, 2, p, 3, &best) != 0 && says("the model is NULL"));
  CHECK(logitape_predict(model, NULL, 1, 2, p, 3, &best) != 0 && says("NULL"));
  CHECK(logitape_predict(model, rows[0], 1, 2, p, 2, &best) != 0 && says("room for 2"));
  CHECK(logitape_predict(model, rows[0], (size_t)-1, 2, p, 3, &best) != 0 && says("more than memory"));
  const double huge[2] = {1e308, 0};
  CHECK(logitape_predict(model, huge, 1, 2, p, 3, &best) != 0 && says("width"));
  CHECK(p[0] == -1 && p[1] == -1 && p[2] == -1 && best == -1);
  CHECK(logitape_predict(model, NULL, 0, 2, NULL, 0, NULL) == 0);
  CHECK(logitape_describe(model, NULL) != 0 && logitape_describe(NULL, &shape) != 0);
  shape.size = 8;
  CHECK(logitape_describe(model, &shape) != 0 && says("size is 8"));
  logitape_free(NULL);
}

static void describes(const logitape_model* model) {
  struct {
    logitape_shape known;
    void* later;  // a caller that was compiled with a later header
  } shape;
  shape.known.size = sizeof shape;
  shape.later = &shape;
  CHECK(logitape_describe(model, &shape.known) == 0 && shape.later == NULL);
  CHECK(shape.known.inputs == 2 && shape.known.classes == 3);
  CHECK(strcmp(shape.known.class_names[1], "yes") == 0 && strcmp(shape.known.input_names[1], "colour") == 0);
  CHECK(shape.known.category_counts[0] == 0 && shape.known.categories[0] == NULL);
  CHECK(shape.known.category_counts[1] == 3 && strcmp(shape.known.categories[1][2], "blue") == 0);
  logitape_shape old;
  memset(&old, 0, sizeof old);
  old.size = 3 * sizeof(size_t);  // one that knows no names
  CHECK(logitape_describe(model, &old) == 0 && old.classes == 3 && old.class_names == NULL);
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  CHECK(strcmp(logitape_error(), "") == 0);
  const double width[ROWS] = {1.5, NAN, 9, 2, -3}, colour[ROWS] = {0, 2, 7, NAN, 0};
  char path[4096];
  snprintf(path, sizeof path, "%s/expected.txt", argv[1]);
  FILE* const file = fopen(path, "r");
  CHECK(file);
  for (int i = 0; i < ROWS; ++i) {
    rows[i][0] = width[i], rows[i][1] = colour[i];
    CHECK(fscanf(file, "%f %f %f %d", &expected[i][0], &expected[i][1], &expected[i][2], &expected_class[i]) == 4);
  }
  fclose(file);
  logitape_model* const model = load(argv[1], "table");
  CHECK(model);
  describes(model);
  refuses(argv[1], model);
  pthread_t threads[8];
  for (int t = 0; t < 8; ++t) CHECK(pthread_create(&threads[t], NULL, predicts, model) == 0);
  for (int t = 0; t < 8; ++t) {
    void* wrong = NULL;
    CHECK(pthread_join(threads[t], &wrong) == 0 && wrong == NULL);
  }
  logitape_free(model);

  logitape_model* const plain = load(argv[1], "plain");
  CHECK(plain);
  const double row[5] = {1, 2, 3, 4, 5};
  float p[2];
  CHECK(logitape_predict(plain, row, 1, 5, p, 2, NULL) == 0 && p[0] + p[1] > 0.999f && p[0] + p[1] < 1.001f);
  logitape_free(plain);
  return 0;
}
