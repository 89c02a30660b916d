// Rows of a table through an exported 8-bit model: a line each, its class and its probabilities in 65,535ths. The same
// source for this machine, for ARM and for an AVR, whose output goes to its serial port.
#include "model.h"
#include "rows.h"
#include <stdio.h>

#ifdef __AVR__
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

static int put(char c, FILE* stream) {
  (void)stream;
  while (!(UCSR0A & (1 << UDRE0))) {
  }
  UDR0 = (uint8_t)c;
  return 0;
}
static FILE serial = FDEV_SETUP_STREAM(put, NULL, _FDEV_SETUP_WRITE);
#endif

int main(void) {
#ifdef __AVR__
  UCSR0B = 1 << TXEN0;
  stdout = &serial;
#endif
  for (int r = 0; r < ROWS; ++r) {
    float raw[MODEL_INPUTS];
    uint16_t p[MODEL_CLASSES];
    for (int i = 0; i < MODEL_INPUTS; ++i) raw[i] = MODEL_F32(&rows[r][i]);
    model_predict(raw, p);
    printf("row %d: class %d", r, model_classify(raw));
    for (int c = 0; c < MODEL_CLASSES; ++c) printf(" %u", (unsigned)p[c]);
    printf("\n");
  }
#ifdef __AVR__
  cli();
  sleep_mode();  // the simulator ends here
#endif
  return 0;
}
