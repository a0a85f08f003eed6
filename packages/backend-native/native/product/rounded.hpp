// Operands of a product in words of 32 bits: the elements 2 l and 2 l + 1 of k in bf16, the last perhaps alone, or four
// elements in 8 bits, in blocks of kDepth with scales of their own.
#pragma once
#include <algorithm>
#include <cstdint>

#include "isa/isa.hpp"
#include "product/dotLimits.hpp"

namespace spikeward {

// Where an element of an operand lies, and in how many rows or columns they are.
struct RoundedOf {
  const float* from;
  ptrdiff_t along, k;
  int64_t count;
};

// Words of a row of A, and rows of a panel of B, for this many elements of k; the rows before element l of a panel.
inline int64_t wordsOf(Operands type, int64_t depth) { return type == Operands::f32 ? depth : ceilDiv(depth, type == Operands::bf16 ? 2 : 4); }
inline int64_t rowsBefore(Operands type, int64_t l) { return type == Operands::int8 ? l / kDepth * (kDepth / 4 + 2) : wordsOf(type, l); }

// A panel of B, `width` words for each row; those past the columns are 0.
inline void packRoundedPanel(const Isa& isa, Operands type, const RoundedOf& b, int64_t depth, uint32_t* to, int64_t width) {
  if (type == Operands::int8) {
    for (int64_t l = 0; l < depth; l += kDepth) isa.packColumnsOfBytes(b.from + l * b.k, b.along, b.k, b.count, std::min(kDepth, depth - l), to + rowsBefore(type, l) * width, width);
    return;
  }
  const float* from = b.from;
  for (int64_t l = 0; l < depth; l += 2, to += width, from += 2 * b.k) {
    isa.pairHalves(from, l + 1 < depth ? from + b.k : nullptr, b.along, b.count, to, 1);
    std::fill_n(to + b.count, width - b.count, 0u);
  }
}

// Rows of A. Returns the words from one to the next.
inline int64_t packRoundedRows(const Isa& isa, Operands type, const RoundedOf& a, int64_t depth, uint32_t* to) {
  const int64_t words = wordsOf(type, depth);
  if (type == Operands::int8) {
    for (int64_t i = 0; i < a.count; i++) isa.packRowOfBytes(a.from + i * a.along, a.k, depth, to + i * (words + 1));
    return words + 1;
  }
  const int64_t whole = a.k == 1 ? depth / 2 : 0;
  if (a.k == 1) for (int64_t i = 0; i < a.count; i++) isa.pairHalves(a.from + i * a.along, a.from + i * a.along + 1, 2, whole, to + i * words, 1);
  for (int64_t l = whole; l < words; l++) {
    const float* even = a.from + 2 * l * a.k;
    isa.pairHalves(even, 2 * l + 1 < depth ? even + a.k : nullptr, a.along, a.count, to + l, words);
  }
  return words;
}

}  // namespace spikeward
