// Compiles runs of adjacent row operations to one loop of machine code when a plan is compiled, so that intermediate
// values stay in vector registers. Only 32-bit elements are compiled; other operations are interpreted. The interpreter
// defines the semantics: generated code produces the same bits.
#pragma once
#include "codegen/rowTarget.hpp"

namespace spikeward {

// Replaces runs of operations in the lists of a program by `generated` instructions. `elsewhere[place]` tells that the
// place is read outside of the lists (or carried from step to step), so that its row must be written. Returns false if
// there was something to replace and the system refused executable memory.
bool generateRows(KernelProgram& program, RowTarget& target, const std::vector<bool>& elsewhere);

// Whether this process may generate machine code (SPIKEWARD_CODEGEN=off turns it off, for tests).
bool mayGenerate();

}  // namespace spikeward
