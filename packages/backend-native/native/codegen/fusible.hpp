// Which row operations machine code can take over, and those that are one instruction of two operands.
#pragma once
#include "codegen/machineCode.hpp"
#include "kernel/kernelProgram.hpp"

namespace spikeward {

// Fills in `form` where the operation is one instruction of two operands.
bool simpleForm(const Instruction& i, MachineCode::Form& form);
bool isComparison(Op op);
bool canFuse(const Instruction& i);
int argumentCount(const Instruction& i);

}  // namespace spikeward
