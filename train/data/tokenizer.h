// Texts as numbers without a vocabulary: every word, and every few words in a row, is hashed into one of `buckets` ids.
// EmbeddingBag takes these ids; they are the same on every machine. Weinberger, Dasgupta, Langford, Smola, Attenberg,
// "Feature hashing for large scale multitask learning", 2009.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// A word is a run of ASCII letters, digits and bytes above 127: so letters of any script in UTF-8 are parts of words.
// Only ASCII letters are changed to lower case. In a script without blanks between words a sentence is one word. The id
// of n words in a row is h mod buckets, where h is the 64-bit FNV-1a hash of their bytes with one blank between words:
// h = 14695981039346656037, and for each byte h = (h xor byte) * 1099511628211 mod 2^64. Different words may share an
// id.
struct HashingTokenizer {
  NamedOnly named_only = NamedOnly();
  std::int64_t buckets = 1 << 15;  // ids are in [0, buckets)
  std::int64_t words = 2;          // ids of single words, of pairs, ... up to so many words in a row
  std::int64_t longest = 1024;     // most ids a text; more are dropped, because all rows are as wide as the longest

  // i64 [texts, ids of the longest text, or 1 if none has any]. Each row is filled up with -1, which EmbeddingBag
  // skips; a text without words is a row of -1. Error: a field outside [1, 2^31-1].
  Tensor operator()(std::span<const std::string> texts) const;

  // The ids of one text: for each of its words, in order, that word, the pair that begins with it, and so on. Error: as
  // above.
  std::vector<std::int64_t> ids(std::string_view text) const;

  friend bool operator==(const HashingTokenizer& a, const HashingTokenizer& b) {
    return a.buckets == b.buckets && a.words == b.words && a.longest == b.longest;
  }
};

}  // namespace logitape::inline v0
