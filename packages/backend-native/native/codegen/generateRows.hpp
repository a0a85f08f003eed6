// Neighbouring row operations as one loop of machine code, made when a plan is compiled: what only the next operations read
// stays in vector registers. Elements of 32 bits; everything else is interpreted. The interpreter defines what the code
// computes: the bits are the same.
#pragma once
#include "codegen/rowTarget.hpp"

namespace spikeward {

// Replaces runs of operations in the lists of a program by `generated` instructions. `kept[place]`: the place is read elsewhere
// than in the lists (or kept from step to step), so its row must be written. False where there was something to replace
// and the system refused memory to run code from.
bool generateRows(KernelProgram& program, RowTarget& target, const std::vector<bool>& kept);

// Whether this process may make machine code (SPIKEWARD_CODEGEN=off turns it off, for tests).
bool mayGenerate();

}  // namespace spikeward
