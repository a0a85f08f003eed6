// The layout of a kernel's values in the scratch memory of a thread.
#pragma once
#include "kernel/kernelProgram.hpp"

namespace spikeward {

// Gives every place an offset in the scratch memory; places that are not live at the same time share rows.
// `dedicated` places have a row to themselves; places of different `classes[place]` never share memory.
void assignRows(KernelProgram& p, const std::vector<int>& dedicated, const std::vector<size_t>& classes);

}  // namespace spikeward
