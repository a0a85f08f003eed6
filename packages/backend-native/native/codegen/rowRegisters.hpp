// Which registers the values of a run of row operations have while its code is emitted. A register is taken from the value
// whose next use is the furthest away; that value waits in its own row meanwhile.
#pragma once
#include <map>
#include <vector>

#include "codegen/rowTarget.hpp"

namespace spikeward {

struct RowValue {
  RowAddress home;            // its row, or where a value that is the same in all rounds lies
  std::vector<size_t> uses;   // operations that read it, ascending
  bool inMemory = false;      // as numbers, at `home`
  int vector = -1, condition = -1;  // registers that hold it; without condition registers, `condition` is a vector register
  bool pinned = false;        // in its register through all rounds

  // The first operation after `at` that reads it; SIZE_MAX: none.
  size_t nextUse(size_t at) const;
};

class RowRegisters {
 public:
  explicit RowRegisters(RowTarget& target);

  // Holds values for the whole loop, as many as leave `least` registers free, those with most uses first.
  void pin(std::vector<RowValue*> values, size_t least);
  void begin(size_t at) { at_ = at, locked_.clear(); }
  // The operand in a vector register or, where it is read for the last time anyway, in memory.
  RowOperand operand(RowValue& v, bool mayBeMemory);
  int vectorOf(RowValue& v);
  int conditionOf(RowValue& v);
  // Lets go of the registers of a value that is not read after the current operation.
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
  std::vector<bool> lockedFree_, lockedConditions_;  // taken, and of no value yet
  std::vector<const RowValue*> locked_;
  size_t at_ = 0;
};

}  // namespace spikeward
