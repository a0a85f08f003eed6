// A tile-fused group made ready to run: consecutive steps, done together tile by tile of a partition (some rows of a batch at
// a time). The scratch of a tile belongs to its thread and stays in the cache. Which steps form a group is decided ahead of
// this, by the analysis that all backends share; here they are only compiled.
#pragma once
#include <memory>
#include <vector>

#include "kernel/kernelProgram.hpp"
#include "product/routines.hpp"
#include "runtime/operandPlace.hpp"

namespace spikeward {

struct TileStep {
  // A kernel for whole tiles and, where the last tile has fewer rows, one for that.
  std::unique_ptr<KernelProgram> kernel, lastKernel;
  std::unique_ptr<DotProgram> dot;
  std::vector<OperandPlace> operands, lastOperands;
  // A product: how often the partition is repeated in its rows, and which operands are tile-local.
  int64_t repeats = 1;
  bool aInTile = false, cInTile = false;
  bool add = false;         // added to the result of an earlier product
  int64_t patterns = -1;    // of spikes: place of who fired in the tile's scratch; -1: found for it alone
  bool found = false;       // by an earlier product of the tile
  size_t sharedOffset = 0;  // of its packed right operand
  // A loop.
  int64_t length = 0;
  std::vector<TileStep> body;
  mutable double least = 0;  // seconds of all tiles at the pace of the fastest that was timed
};

struct TileGroup {
  std::vector<TileStep> steps;
  int64_t partitionSize = 0, tileRows = 0, lastRows = 0, tiles = 0;
  // A tile's scratch lies behind what its steps use while they run.
  size_t tileBytes = 0, tileOffset = 0, sharedBytes = 0, scratchBytes = 0;
  double work = 0;

  // Tasks of packing the right operands of all products, one after the other.
  int64_t packTasks() const;
};

std::unique_ptr<TileGroup> compileTileGroup(const Plan& plan, const Step& group, const Isa& isa);

}  // namespace spikeward
