// What both halves of the emulator's test share: a check that prints and counts.
#pragma once
#include <string>

void check(bool right, const std::string& what);
// That what has run since drew a report of this kind first; "": no report at all.
void expect(const char* kind, const std::string& what);

void try_machine();
void try_graphs();
void try_sentences();
void try_planted_faults();
