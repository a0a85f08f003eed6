// An instruction set as a target of compiled row operations (generateRows.cpp). A target only
// encodes instructions; register allocation and loads are decided in the same way for all targets.
//
// The generated function is void(char** places, size_t bytes, char* scratch). It processes the first `bytes` bytes of
// rows, one vector register at a time.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "kernel/kernelProgram.hpp"

namespace spikeward {

// Vectors that repeat one number, for operations that need them.
enum class RowConstant : uint8_t { zero, one, sign, magnitude, allOnes, floatOne, low16, two16, count };
constexpr size_t kRowConstantBytes = 64;
// The numbers, each repeated for kRowConstantBytes.
const char* rowConstants();

// A vector in memory: part of a row (advances with the loop), a value that is the same in all iterations, or a
// constant.
struct RowAddress {
  enum class In : uint8_t { scratch, place, constant } in = In::scratch;
  bool moves = false;
  int32_t at = 0;    // byte offset into the scratch memory or the constants; for a place, its number
  int pointer = -1;  // for a place: the number of the pointer that `enter` has loaded, or -1
};

// A vector register, or a vector in memory if the target accepts one there.
struct RowOperand {
  int vector = -1;
  RowAddress memory;
};

class RowTarget {
 public:
  virtual ~RowTarget() = default;
  std::vector<uint8_t> bytes;

  // The number of vector registers for values and of registers for conditions. Without condition registers, a condition
  // is a vector whose elements are all ones or all zeros.
  virtual int vectors() const = 0;
  virtual int conditions() const = 0;
  // The number of place pointers that can stay in registers.
  virtual int pointers() const = 0;

  virtual bool encodes(const Instruction& i) const = 0;
  // Whether the last operand of the operation may be in memory.
  virtual bool takesMemory(const Instruction& i) const = 0;
  // An additional register that the operation needs, distinct from those of its result and operands. Such an operation
  // writes its result before the last read of its operands.
  enum class Temporary : uint8_t { none, vector, condition };
  virtual Temporary temporaryOf(const Instruction& i) const = 0;

  // Emits the code before and after the body of the loop. `held` lists the places whose pointers are loaded, in order.
  virtual void enter(const std::vector<int>& held) = 0;
  virtual void beginLoop() = 0;
  virtual void leave() = 0;

  virtual void load(int to, const RowAddress& from) = 0;
  virtual void store(int from, const RowAddress& to) = 0;
  virtual void move(int to, int from) = 0;
  // to ← x op y; operations with one operand take it in y.
  virtual void compute(const Instruction& i, int to, int x, const RowOperand& y, int temporary) = 0;
  virtual void compare(const Instruction& i, int toCondition, int x, const RowOperand& y, int temporary) = 0;
  virtual void select(int to, int condition, int x, int y) = 0;
  // to ← condition ? constant : 0.
  virtual void fromCondition(int to, int condition, RowConstant constant) = 0;
  // to ← from ≠ 0.
  virtual void toCondition(int to, int from) = 0;
};

// The targets for which row operations can be compiled.
#if defined(__x86_64__)
std::unique_ptr<RowTarget> avx2Rows();
std::unique_ptr<RowTarget> avx512Rows();
#elif defined(__aarch64__)
std::unique_ptr<RowTarget> neonRows();
#endif

// Compiles runs of adjacent row operations to one loop of machine code when a plan is compiled, so that intermediate
// values stay in vector registers (generateRows.cpp). Only 32-bit elements are compiled; other operations are
// interpreted. The interpreter defines the semantics: generated code produces the same bits.
//
// Replaces runs of operations in the lists of a program by `generated` instructions. `elsewhere[place]` tells that the
// place is read outside of the lists (or carried from step to step), so that its row must be written. Returns false if
// there was something to replace and the system refused executable memory.
bool generateRows(KernelProgram& program, RowTarget& target, const std::vector<bool>& elsewhere);

// Whether this process may generate machine code (SPIKEWARD_CODEGEN=off turns it off, for tests).
bool mayGenerate();

}  // namespace spikeward
