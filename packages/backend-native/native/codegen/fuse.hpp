// Neighbouring row operations as one loop of machine code, made when a plan is compiled: values that only the next operations need
// stay in vector registers. AVX-512, elements of 32 bits; everything else is left as it is.
#pragma once
#include "kernel/kernelProgram.hpp"

namespace spikeward {

// Replaces runs of operations in the lists of a program by `fused` instructions. `live[place]`: the place is read elsewhere than
// in the lists (or kept from step to step), so its row must be written.
void fuseRows(KernelProgram& program, const std::vector<bool>& kept);

// Whether this process makes machine code (SPIKEWARD_FUSE=off turns it off, for tests).
bool mayFuse();

}  // namespace spikeward
