// Operands of a product in bf16: words of 32 bits that hold the elements 2 l and 2 l + 1 of k, the last perhaps alone.
#pragma once
#include <algorithm>
#include <cstdint>

#include "isa/isa.hpp"
#include "product/dotLimits.hpp"

namespace spikeward {

// Where an element of an operand lies, and in how many rows or columns they are.
struct HalvesOf {
  const float* from;
  ptrdiff_t along, k;
  int64_t count;
};

// A panel of B, `width` words for each pair of rows; those past the columns are 0.
inline void packPanelOfHalves(const Isa& isa, const HalvesOf& b, int64_t depth, uint32_t* to, int64_t width) {
  const float* from = b.from;
  for (int64_t l = 0; l < depth; l += 2, to += width, from += 2 * b.k) {
    isa.pairHalves(from, l + 1 < depth ? from + b.k : nullptr, b.along, b.count, to, 1);
    std::fill_n(to + b.count, width - b.count, 0u);
  }
}

// Rows of A, ⌈depth / 2⌉ words each.
inline void packRowsOfHalves(const Isa& isa, const HalvesOf& a, int64_t depth, uint32_t* to) {
  const int64_t words = ceilDiv(depth, 2), whole = a.k == 1 ? depth / 2 : 0;
  if (a.k == 1) for (int64_t i = 0; i < a.count; i++) isa.pairHalves(a.from + i * a.along, a.from + i * a.along + 1, 2, whole, to + i * words, 1);
  for (int64_t l = whole; l < words; l++) {
    const float* even = a.from + 2 * l * a.k;
    isa.pairHalves(even, 2 * l + 1 < depth ? even + a.k : nullptr, a.along, a.count, to + l, words);
  }
}

}  // namespace spikeward
