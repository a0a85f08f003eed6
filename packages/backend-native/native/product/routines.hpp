// Compiled routines: phases of tasks, with a barrier between phases.
#pragma once
#include "isa/isa.hpp"
#include "plan/plan.hpp"

namespace spikeward {

// The memory of a phase. `shared` is in the workspace of the executable, `scratch` belongs to the thread.
struct Work {
  const Isa* isa;
  char* const* memory;  // operands, then results, each from its first element
  char* scratch;
  char* shared;
};

struct DotProgram {
  enum class Way { direct, fewColumns, panels, splitK } way = Way::direct;
  Routine r;
  int64_t rowBlock = 1, rowBlocks = 1, columnBlock = 1, columnBlocks = 1, batchTasks = 1, depth = 1, chunks = 1;
  int64_t panels = 0, panelColumns = 0;
  int64_t chunkElements = 0;  // splitK: of a chunk's result
  const SpikeKernels* spikes = nullptr;  // for look-up
  size_t blockOfSpikes = 0;   // bytes of the spikes of a block of rows: a head, words, patterns
  bool sharedA = false, sharedB = false, packRows = false, lookUp = false;  // lookUp: spikes, with tables instead of panels
  bool inPlace = false;  // B is read where it is, without panels
  Operands operands = Operands::f32;  // both are rounded: two elements of k a word for bf16, four for int8
  // Packed panels and packed rows of B for all batches, then one flag per panel (whether it is finite or, for spikes,
  // whether its weights are all −1 or 1), then those signs.
  size_t panelBytes = 0, rowBytes = 0, flagBytes = 0;
  size_t sharedBytes = 0, scratchBytes = 0;
  CellWindows cells;  // if it has runs, spikes of windows are looked up by the words of cells
  size_t indexAt = 0, windowsAt = 0;  // in the scratch: indices; a block of rows of windows, or of their sums
  std::vector<int64_t> mLengths, mStrides, kLengths, kStrides;  // of rows that overlap; else empty
  double work = 0;

  // Whether a few rows at a time give the same bits as all rows at once.
  bool isRowwise() const { return way == Way::panels || way == Way::fewColumns; }
};

// `rowsAtOnce`: the most rows that one call multiplies together; 0: all.
DotProgram compileDot(const Routine& r, const Isa& isa, int64_t rowsAtOnce = 0);
int dotPhases(const DotProgram& d);
int64_t dotTasks(const DotProgram& d, int phase);
void runDot(const DotProgram& d, int phase, const Work& work, int64_t from, int64_t to);

// The second phase for the rows of one tile. The rows repeat `repeats` times: `partitionSize` rows apart, or adjacent
// if the operand is tile-local.
struct DotRows {
  int64_t repeats, rows, partitionSize;
  bool aInTile, cInTile;
  bool add = false;          // for spikes by look-up: the product is added to C
  char* patterns = nullptr;  // for spikes by look-up: memory for the spikes of A, patternBytes for all rows; null: scratch
  bool found = false;        // the spikes are already there, from another product with this A
};
void runDotRows(const DotProgram& d, const Work& work, const DotRows& rows);
size_t patternBytes(const DotProgram& d, int64_t rows);

// A field of a routine: a whole number, a flag, or, if neither is set, the type of indices.
struct RoutineField {
  int64_t Routine::*count = nullptr;
  bool Routine::*flag = nullptr;
};

// All of a row-major array.
struct Array {
  DType dtype;
  std::vector<int64_t> shape;
};

// A routine of one phase that is no product: an entry of the table in routines.cpp. Fields, after the element type, are
// in the order of core's declaration.
struct RoutineType {
  const char* name;
  bool takesAnyType;  // else floats
  std::vector<RoutineField> fields;
  std::vector<Array> (*arrays)(const Routine&);  // operands, then the result
  int64_t (*tasks)(const Routine&);
  double (*work)(const Routine&);
  size_t (*scratch)(const Routine&);
  void (*run)(const Routine&, const Work&, int64_t from, int64_t to);
};
const RoutineType* routineType(const std::string& name);  // null if there is none

}  // namespace spikeward
