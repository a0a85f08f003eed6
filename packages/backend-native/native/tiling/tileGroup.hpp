// A compiled tile-fused group: consecutive steps that run together, tile by tile of a partition (some rows of a batch
// at a time). The scratch of a tile belongs to its thread and stays in the cache. The tile analysis that all backends
// share decides beforehand which steps form a group; this code only compiles them.
#pragma once
#include <memory>
#include <vector>

#include "kernel/kernelProgram.hpp"
#include "product/routines.hpp"
#include "runtime/operandPlace.hpp"

namespace spikeward {

struct TileStep {
  // A kernel for whole tiles and, if the last tile has fewer rows, one for that tile.
  std::unique_ptr<KernelProgram> kernel, lastKernel;
  std::unique_ptr<DotProgram> dot;
  std::vector<OperandPlace> operands, lastOperands;
  // A product: how often the partition is repeated in its rows, and which operands are tile-local.
  int64_t repeats = 1;
  bool aInTile = false, cInTile = false;
  bool add = false;         // added to the result of an earlier product
  int64_t patterns = -1;    // for spikes: the place of the patterns in the tile's scratch; -1: found for this product alone
  bool found = false;       // found by an earlier product of the tile
  size_t sharedOffset = 0;  // of its packed right operand
  // A loop.
  int64_t length = 0;
  std::vector<TileStep> body;
  mutable double least = 0;  // seconds of all tiles, extrapolated from the fastest tile that was timed
};

struct TileGroup {
  std::vector<TileStep> steps;
  int64_t partitionSize = 0, tileRows = 0, lastRows = 0, tiles = 0;
  // The scratch of a tile follows the memory that its steps use while they run.
  size_t tileBytes = 0, tileOffset = 0, sharedBytes = 0, scratchBytes = 0;
  double work = 0;

  // Tasks that pack the right operands of all products, one after the other.
  int64_t packTasks() const;
};

std::unique_ptr<TileGroup> compileTileGroup(const Plan& plan, const Step& group, const Isa& isa);

}  // namespace spikeward
