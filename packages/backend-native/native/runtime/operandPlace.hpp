// The locations of operands while a plan runs.
#pragma once
#include <vector>

#include "plan/plan.hpp"

namespace spikeward {

// In an argument of the run, in the workspace, or in the scratch of a tile.
struct OperandPlace {
  enum class In : uint8_t { workspace, argument, tile } in = In::workspace;
  int argument = 0;
  int64_t offset = 0;            // bytes
  std::vector<int64_t> advance;  // bytes for each iteration of the loops around the step
};

OperandPlace placeOf(const Plan& plan, const Operand& operand, DType dtype);

// Whether two operands may access the same bytes, judged by the memory of their slots alone.
bool mayAlias(const Plan& plan, const Operand& x, const Operand& y);

}  // namespace spikeward
