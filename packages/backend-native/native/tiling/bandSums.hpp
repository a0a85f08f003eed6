// Sums of two products that only a kernel of the same band reads: the later product is added to the earlier one where that
// lies, and the kernel reads one row in the place of two. a + b is rounded once either way: the same bits.
#pragma once
#include <functional>
#include <map>
#include <vector>

#include "plan/plan.hpp"

namespace spikeward {

struct BandSums {
  std::map<int, int> into;                 // slot of a product that is added to that of another
  std::map<const Step*, Kernel> kernels;   // kernels that find the sum where they would have added
};

// Sums among steps[from] to steps[from + length - 1]. `own`: whether a slot is the tile's, written once and read once. `adds`: whether a
// product can be added to what is there.
BandSums findSums(const std::vector<Step>& steps, size_t from, size_t length, const std::function<bool(int)>& own, const std::function<bool(const Step&)>& adds);

// Whether two operands begin at the same element, in every round of every loop.
bool sameOperand(const Operand& x, const Operand& y);

}  // namespace spikeward
