// A Plan, decoded from the blob that src/encode.ts describes and checked: every index in range, every access inside its
// slot.
#pragma once
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace spikeward {

// An error with a stable code; the addon turns it into a SpikewardError.
struct CodedError : std::runtime_error {
  std::string code;
  CodedError(std::string code, const std::string& what) : std::runtime_error(what), code(std::move(code)) {}
};

enum class DType : uint8_t { f32, f64, i32, u32, boolean, count };
inline size_t bytesOf(DType d) { return d == DType::f64 ? 8 : 4; }
inline bool isFloat(DType d) { return d == DType::f32 || d == DType::f64; }

// In the order of src/blob.ts. The functions of real numbers follow `function`, in the order of isa/math.inl.
enum class Op : uint8_t {
  constant, load, index, carry, final,
  neg, abs, sign, floor, sqrt, logicalNot, cast, bitcast,
  add, sub, mul, div, rem, max, min, bitAnd, bitOr, bitXor, shiftLeft, shiftRight, lt, le, eq, ne,
  select, function
};

struct Slot {
  enum class Kind : uint8_t { input, output, temporary, tileLocal } kind;
  int64_t index = 0;       // of the input or output
  int64_t byteOffset = 0;  // of the temporary in the workspace, or of the tile-local slot in the scratch of a tile
  DType dtype = DType::f32;
  int64_t size = 0;
};

struct Operand {
  int slot = 0;
  int64_t offset = 0;
  std::vector<int64_t> advance;
};

struct Access {
  DType dtype = DType::f32;
  int64_t offset = 0;
  std::vector<int64_t> strides;
};

struct Node {
  Op op = Op::constant;
  DType dtype = DType::f32;
  double value = 0;  // constant
  int target = 0;    // operand of a load, axis of an index, number of a carry or final
  int args[3] = {0, 0, 0};
};

struct Carry {
  DType dtype = DType::f32;
  int init = 0, next = 0;
};

enum class Reduce : uint8_t { none, sum, max, min };

struct Store : Access {
  int node = 0;
  bool each = false;
  Reduce reduce = Reduce::none;
};

enum class Stage : uint8_t { before, each, after };

struct Kernel {
  std::string name;
  std::vector<int64_t> space;
  int time = -1;
  std::vector<bool> reduced;  // by axis
  std::vector<Access> loads;
  std::vector<Node> nodes;
  std::vector<Stage> stages;  // by node
  std::vector<Carry> carries;
  std::vector<Store> stores;
};

struct RoutineType;  // product/routines.hpp

// The fields of all routines; each has some of them, which core declares (packages/core/src/routines).
struct Routine {
  const RoutineType* type = nullptr;  // null: a dot
  DType dtype = DType::f32;
  DType index = DType::i32;
  int64_t batch = 0, m = 0, n = 0, k = 0;
  int64_t aBatch = 0, aM = 0, aK = 0, bBatch = 0, bK = 0, bN = 0;
  bool binary = false, transposed = false;
  int64_t rows = 0, width = 0, count = 0;
  std::vector<DType> operands;  // types of the operands and of the result
  // dot: the rows and columns of A as several axes each, if it is windows of an array; then all strides of A are 0.
  std::vector<int64_t> mLengths, mStrides, kLengths, kStrides;
  bool windowed() const { return !mLengths.empty() || !kLengths.empty(); }
};

struct Step {
  enum class Kind : uint8_t { kernel, routine, loop, tileFused } kind = Kind::kernel;
  Kernel kernel;
  Routine routine;
  std::vector<Operand> ins, outs;
  int64_t length = 0;  // loop
  std::vector<Step> body;  // of a loop or a group
  // A group: its steps are those for a whole tile; their operands advance with the loop over tiles. Products are stored
  // for the whole partition.
  int64_t partitionSize = 0, tileRows = 0, scratchBytes = 0;
  // In a group: the step for the last tile, if that has fewer rows (one or none), and whether a product is added to an
  // earlier result.
  std::vector<Step> last;
  bool accumulates = false;
  int64_t spikesOf = -1;  // a product of spikes: the position of the step of this list that finds them; -1: it finds its own, in passing
};

struct Plan {
  std::vector<Slot> slots;
  int64_t inputs = 0, outputs = 0;
  std::vector<int64_t> donations;  // by output: the input, or -1
  int64_t workspace = 0;
  std::vector<Step> steps;
};

// Throws CodedError INVALID_PLAN if src/encode.ts could not have written the blob for a well-formed Plan.
Plan decodePlan(const double* blob, size_t length);
Routine decodeProduct(const double* blob, size_t length);

}  // namespace spikeward
