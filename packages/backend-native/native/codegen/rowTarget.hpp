// What an instruction set must offer for row operations to become machine code (generateRows.hpp). A target only encodes
// instructions; which registers values have, and when they are loaded, is decided for all targets alike.
//
// The generated function is void(char** places, size_t bytes, char* scratch): it works through the first `bytes` bytes of
// rows, one vector register at a time.
#pragma once
#include <cstdint>
#include <vector>

#include "kernel/kernelProgram.hpp"

namespace spikeward {

using RowCode = void (*)(char** places, size_t bytes, char* scratch);

// Vectors that repeat one number, for operations that need them.
enum class RowConstant : uint8_t { zero, one, sign, magnitude, allOnes, floatOne, low16, two16, count };
constexpr size_t kRowConstantBytes = 64;
// The numbers, each repeated for kRowConstantBytes.
const char* rowConstants();

// A vector in memory: of a row (it moves on with the loop), of a value that is the same in all rounds, or of a constant.
struct RowAddress {
  enum class In : uint8_t { scratch, place, constant } in = In::scratch;
  bool moves = false;
  int32_t at = 0;    // bytes into the scratch memory or the constants; the number of the place
  int pointer = -1;  // of a place: the number of the pointer that `enter` has loaded, or -1
};

// A vector register, or a vector in memory where the target takes it there.
struct RowOperand {
  int vector = -1;
  RowAddress memory;
};

class RowTarget {
 public:
  virtual ~RowTarget() = default;
  std::vector<uint8_t> bytes;

  // Vector registers for values, and registers for conditions; where there are none of these, a condition is a vector of all
  // ones or all zeros in each element.
  virtual int vectors() const = 0;
  virtual int conditions() const = 0;
  // Pointers of places that can stay in registers.
  virtual int pointers() const = 0;

  virtual bool encodes(const Instruction& i) const = 0;
  // Whether the last operand of the operation may lie in memory.
  virtual bool takesMemory(const Instruction& i) const = 0;
  // One more register that the operation needs, neither its result's nor an operand's. Its result is then written before its
  // operands have been read for the last time.
  enum class Temporary : uint8_t { none, vector, condition };
  virtual Temporary temporaryOf(const Instruction& i) const = 0;

  // Before and after the body of the loop. `held`: the places whose pointers are loaded, in order.
  virtual void enter(const std::vector<int>& held) = 0;
  virtual void beginLoop() = 0;
  virtual void leave() = 0;

  virtual void load(int to, const RowAddress& from) = 0;
  virtual void store(int from, const RowAddress& to) = 0;
  virtual void move(int to, int from) = 0;
  // to ← x op y; operations of one operand have it in y.
  virtual void compute(const Instruction& i, int to, int x, const RowOperand& y, int temporary) = 0;
  virtual void compare(const Instruction& i, int toCondition, int x, const RowOperand& y, int temporary) = 0;
  virtual void select(int to, int condition, int x, int y) = 0;
  // to ← the constant where the condition holds, else 0.
  virtual void fromCondition(int to, int condition, RowConstant constant) = 0;
  // to ← from ≠ 0.
  virtual void toCondition(int to, int from) = 0;
};

}  // namespace spikeward
