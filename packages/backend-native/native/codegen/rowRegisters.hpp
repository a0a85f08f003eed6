// Assigns registers to the values of a run of row operations while its code is emitted. When registers run out, the
// value whose next use is furthest away is evicted to its own row.
#pragma once
#include <map>
#include <vector>

#include "codegen/rowTarget.hpp"

namespace spikeward {

struct RowValue {
  RowAddress home;            // its row, or the location of a value that is the same in all iterations
  std::vector<size_t> uses;   // operations that read it, ascending
  bool inMemory = false;      // as numbers, at `home`
  int vector = -1, condition = -1;  // registers that hold it; without condition registers, `condition` is a vector register
  bool pinned = false;        // stays in its register through all iterations

  // The first operation after `at` that reads it, or SIZE_MAX.
  size_t nextUse(size_t at) const;
};

class RowRegisters {
 public:
  explicit RowRegisters(RowTarget& target);

  // Holds values in registers for the whole loop, those with most uses first, and leaves at least `least` registers
  // free.
  void pin(std::vector<RowValue*> values, size_t least);
  void begin(size_t at) { at_ = at, locked_.clear(); }
  // The operand in a vector register or, if this is its last use, possibly in memory.
  RowOperand operand(RowValue& v, bool mayBeMemory);
  int vectorOf(RowValue& v);
  int conditionOf(RowValue& v);
  // Releases the registers of a value that is not read after the current operation.
  void releaseIfDead(RowValue& v);
  int takeVector();
  int takeCondition();
  void freeVector(int r) { vectors_[size_t(r)] = nullptr, lockedFree_[size_t(r)] = false; }
  void freeCondition(int r);
  void assignVector(RowValue& v, int r);
  void assignCondition(RowValue& v, int r);

 private:
  void lock(const RowValue& v) { locked_.push_back(&v); }
  bool isLocked(const RowValue* v) const;
  void evict(RowValue& v);

  RowTarget& t_;
  const bool separate_;  // conditions have registers of their own
  std::vector<RowValue*> vectors_, conditions_;
  std::vector<bool> lockedFree_, lockedConditions_;  // allocated, but not yet assigned to a value
  std::vector<const RowValue*> locked_;
  size_t at_ = 0;
};

}  // namespace spikeward
