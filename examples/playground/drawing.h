// A digit drawn by hand becomes a picture like those of the data: 8 x 8 numbers from 0 to 16.
#pragma once
#include <cstddef>
#include <vector>

// ink: size*size numbers from 0 to 1, row by row; 1 is ink. Empty where nothing is drawn.
//
// The digits of the data were bitmaps of 32 x 32, as high as the bitmap and centred, whose blocks of 4 x 4 were
// counted. Here the drawing's own rectangle is fitted so; then its strokes are made as thick as theirs: of the 1024
// points the 312 nearest to the middle of a stroke are ink, which is what the data's digits have on average.
// Hands and pens differ: behind that picture come others with less and more ink, narrower and wider, nine in all. A
// model that is asked about each reads more of the drawings than by the first alone.
std::vector<std::vector<double>> pictures_of(const std::vector<double>& ink, std::size_t size);
