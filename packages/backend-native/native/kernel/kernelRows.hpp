// Where the values of a kernel lie in the scratch memory of a thread.
#pragma once
#include "kernel/kernelProgram.hpp"

namespace spikeward {

// Gives every place an offset in the scratch memory; places that are never needed at once share rows.
// `dedicated` places keep their row to themselves; `classes[place]` tells kinds of rows apart, which never share memory.
void assignRows(KernelProgram& p, const std::vector<int>& dedicated, const std::vector<size_t>& classes);

}  // namespace spikeward
