// The memory of a run that no tile and no thread has of its own.
#pragma once
#include <vector>

#include "tiling/band.hpp"

namespace spikeward {

// Moves what lies in the workspace together, so that slots which live only in the tiles of bands take no memory in it; slots
// that shared bytes still share the same ones. Gives the bytes that are left.
size_t compactWorkspace(const std::vector<OperandPlace*>& places);

}  // namespace spikeward
