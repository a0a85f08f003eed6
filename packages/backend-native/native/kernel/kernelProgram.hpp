// A compiled kernel: its axes sorted into loops around a tile of points, its nodes compiled to instructions on rows.
//
//     CALL                      nodes that are one value for the whole kernel
//     for every task (outer axes, tiles):
//       TILE     for h: TILE_H          nodes known before the steps; h is an axis along which part of the nodes is invariant
//       for every step (time, or the reduced axes):
//         STEP   for h: STEP_H          then UPDATE: carries take their next values
//       END      for h: END_H           nodes of the final state
//
// A row holds the values of one node at the points of a tile; a node that does not depend on the tile's axes is
// `uniform` and holds kLanes copies of its value.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "isa/isa.hpp"
#include "plan/plan.hpp"

namespace spikeward {

enum Level : uint8_t { CALL, TILE, TILE_H, STEP, STEP_H, UPDATE, END, END_H, kLevels };

// One axis of a loop nest. A split axis is cut into tiles of `chunk`: the loop runs over tiles.
struct LoopAxis {
  int64_t n = 0;
  int axis = 0;
  bool split = false;
};

// How an access walks through the points of a tile; adjacent axes that it traverses as one are merged.
struct Walk {
  struct Axis {
    int64_t n, stride;  // in elements; n of the first axis is per unit of the split axis
  };
  std::vector<Axis> axes;  // outermost first; the first axis is shortened in a short tile
  bool contiguous = false;
};

struct AccessProgram {
  size_t bytes = 4;  // of an element
  int64_t offset = 0;
  std::vector<int64_t> outer, steps;  // bytes for one step of each loop axis
  int64_t h = 0;
  Walk walk;
};

// Generated code. That for x86-64 keeps the calling convention of Unix on Windows as well.
#if defined(__x86_64__)
#define ROW_CODE __attribute__((sysv_abi))
#else
#define ROW_CODE
#endif
using RowCode = void(ROW_CODE*)(char** places, size_t bytes, char* scratch);

struct Instruction {
  enum Kind : uint8_t { compute, generated, load, direct, loadUniform, index, indexUniform, place, store, storeUniform, fold } kind = compute;
  bool uniform = false;
  RowFn fn = nullptr;
  int r = 0, x = 0, y = 0, z = 0;  // places
  int access = 0;                  // load, store; index: the axis
  DType dtype = DType::f32;
  // For a row operation: the operation, in case it becomes machine code together with its neighbours.
  Op op = Op::constant;
  DType from = DType::f32;
  unsigned uniformArgs = 0;
  bool spread = false, smallShift = false, late = false;  // late: updates a carry, after the stores
  RowCode code = nullptr;  // generated
};

// The location of a value: a row of a thread's scratch memory, or `copies` of it, one for each h.
struct Place {
  size_t offset = 0, bytes = 0;
  bool perH = false;
};

// A row in memory that moves from step to step: its place in the first of two steps that run at once, and in the
// second.
struct SteppedRow {
  int access = 0, first = 0, second = 0;
};

struct FoldStore {
  int accumulator = 0, access = 0;
  Reduce reduce = Reduce::none;
  DType dtype = DType::f32;
  RowFn fold = nullptr;
  size_t partial = 0;  // byte offset in the partial sums
};

class ExecutableMemory;

struct KernelProgram {
  std::string name;
  std::vector<Instruction> lists[kLevels];
  std::vector<Place> places;
  std::vector<std::pair<size_t, std::vector<char>>> constants;  // place, bytes (kLanes copies)
  std::vector<AccessProgram> accesses;                          // loads, then stores
  size_t loads = 0;
  std::vector<LoopAxis> outer, steps;
  int64_t h = 1;
  int hAxis = -1;
  int64_t tilePoints = 1;               // of a whole tile
  int64_t unit = 1, chunk = 1, last = 1;  // points per unit of the split axis; units of a whole tile and of the last tile
  std::vector<std::pair<int, int64_t>> tileAxes;  // axis, length; outermost first (the first may be split)
  int splitAxis = -1;
  bool lanesFold = false;
  std::vector<FoldStore> folds;
  int64_t chunks = 1;  // of the steps of a fold; each chunk is a task
  size_t partialBytes = 0;
  size_t scratchBytes = 0;
  int64_t tasks = 0, outerTasks = 0, stepCount = 1;
  double work = 0;  // node evaluations, for the scheduler
  size_t rank = 0;
  std::shared_ptr<const ExecutableMemory> code;
  // Machine code of two steps at once, for tiles of whole rows; null where a step does more than compute such rows.
  RowCode twoSteps = nullptr;
  std::vector<SteppedRow> steppedRows;

  // Scratch memory of a thread: rows, then two tables of pointers.
  size_t scratchTotal() const { return scratchBytes + (places.size() + accesses.size()) * sizeof(char*); }
};

// mayAlias(i, j): load i and store j may access the same memory (then through equal accesses).
// `alone`: one thread will run all tasks.
KernelProgram compileKernel(const Kernel& kernel, const Isa& isa, const std::function<bool(size_t, size_t)>& mayAlias, bool alone = false);

// Runs tasks [from, to) on one thread. `memory[i]` is the start of access i, in bytes.
void runKernel(const KernelProgram& program, const Isa& isa, char* const* memory, char* scratch, char* partials, int64_t from, int64_t to);

// Adds up the partial folds of outer tasks [from, to), if chunks > 1.
void combineKernel(const KernelProgram& program, const Isa& isa, char* const* memory, char* scratch, const char* partials, int64_t from, int64_t to);

// First half of compiling a kernel (kernelShape.cpp): sorts its axes into loops and its nodes into levels. The encoder
// (src/normaliseAxes.ts) has merged axes and brought the contiguous one last.
using AxisMask = uint32_t;
constexpr AxisMask axisBit(int axis) { return AxisMask(1) << axis; }

struct ShapedKernel {
  Kernel k;
  KernelProgram p;  // loops and accesses; no instructions yet
  std::vector<AxisMask> depends;  // by node: the axes along which its value changes
  std::vector<bool> used;         // by node
  std::vector<int> carries;       // carries that a used node reads
  std::vector<Level> level;       // by node
  AxisMask tileMask = 0;

  bool uniform(int node) const { return !(depends[node] & tileMask); }
};

// `alone`: one thread will run all of it, so it need not be cut into several tiles.
ShapedKernel shapeKernel(const Kernel& kernel, bool alone);

// Gives every place an offset in the scratch memory of a thread (kernelRows.cpp); places that are not live at the same
// time share rows.
// `dedicated` places have a row to themselves; places of different `classes[place]` never share memory.
void assignRows(KernelProgram& p, const std::vector<int>& dedicated, const std::vector<size_t>& classes);

}  // namespace spikeward
