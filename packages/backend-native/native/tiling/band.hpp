// Consecutive steps run together, tile by tile of a partition (rows of a batch, say): what one step of a tile leaves for the
// next stays in the cache, in memory of the thread's own, and is never written out.
//
// A partition has `count` members. An element e of a buffer belongs to member (e / run) mod count, where `run` is the
// buffer's own: of [time, batch, neurons] it is the number of neurons. A step is local where it reads, for what it writes in one
// member, nothing of another member that the band writes.
#pragma once
#include <memory>
#include <vector>

#include "kernel/kernelProgram.hpp"
#include "product/routines.hpp"

namespace spikeward {

// Where an operand lies: in an argument of the run, in the workspace, or in a tile's own memory.
struct OperandPlace {
  enum class In : uint8_t { workspace, argument, tile } in = In::workspace;
  int argument = 0;
  int64_t offset = 0;  // bytes
  int64_t slotFrom = 0, slotTo = 0;  // of its slot, in the workspace
  std::vector<int64_t> advance;
  int64_t member = 0;  // bytes from one member of the partition to the next
};

struct BandStep {
  // A kernel for whole tiles and, where it differs, one for the last.
  std::unique_ptr<KernelProgram> kernel, lastKernel;
  std::unique_ptr<DotProgram> dot;
  std::vector<OperandPlace> operands, lastOperands;
  int64_t repeats = 1;                   // dot: its rows are `repeats` times the partition
  bool aInTile = false, cInTile = false;
  bool add = false;                      // dot: added to what another has left in its result
  int64_t patterns = -1;                 // dot of spikes: place of who fired in the tile's memory; -1: found for it alone
  bool found = false;                    // by an earlier dot of the tile
  size_t sharedOffset = 0;               // dot: its packed operand
  mutable double least = 0;  // seconds of all tiles at the pace of the fastest that was timed
};

struct BandProgram {
  std::vector<BandStep> steps;
  int64_t count = 0, tile = 0, last = 0, tiles = 0;
  size_t tileBytes = 0, tileOffset = 0, sharedBytes = 0, scratchBytes = 0;  // a tile's own memory lies in the scratch memory of its thread
  double work = 0;

  int64_t packTasks() const;
};

// Bands from steps[from] on, of at least two steps: null where there is none that is worth it. `taken` is how many steps it takes.
// `uses[slot]` counts the accesses to a slot in the whole plan.
std::unique_ptr<BandProgram> makeBand(const Plan& plan, const std::vector<Step>& steps, size_t from, const std::vector<int>& uses, const Isa& isa, size_t& taken);

// Accesses to every slot, in all steps.
std::vector<int> countUses(const Plan& plan);

OperandPlace placeOf(const Plan& plan, const Operand& operand, DType dtype);

// Whether two operands may touch the same bytes: spans are not compared, only what memory they lie in.
bool mayAlias(const Plan& plan, const Operand& x, const Operand& y);

}  // namespace spikeward
