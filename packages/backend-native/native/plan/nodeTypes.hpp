#pragma once
#include "plan/plan.hpp"

namespace spikeward {

// Whether the operation of a node, whose arguments precede it, is defined for the types of its arguments and result.
bool areTypesValid(const Kernel& k, const Node& n);

}  // namespace spikeward
