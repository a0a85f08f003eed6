#include "codegen/rowRegisters.hpp"

#include <algorithm>

namespace spikeward {

size_t RowValue::nextUse(size_t at) const {
  const auto next = std::upper_bound(uses.begin(), uses.end(), at);
  return next == uses.end() ? SIZE_MAX : *next;
}

RowRegisters::RowRegisters(RowTarget& target)
    : t_(target), separate_(target.conditions() > 0), vectors_(size_t(target.vectors())), conditions_(size_t(target.conditions())),
      lockedFree_(vectors_.size()), lockedConditions_(conditions_.size()) {}

void RowRegisters::pin(std::vector<RowValue*> values, size_t least) {
  std::stable_sort(values.begin(), values.end(), [](const RowValue* a, const RowValue* b) { return a->uses.size() > b->uses.size(); });
  for (size_t i = 0; i < values.size() && i + least < vectors_.size(); i++) {
    const int r = int(vectors_.size() - 1 - i);
    assignVector(*values[i], r);
    values[i]->pinned = true;
    t_.load(r, values[i]->home);
  }
}

RowOperand RowRegisters::operand(RowValue& v, bool mayBeMemory) {
  if (mayBeMemory && v.vector < 0 && v.condition < 0 && (!v.home.moves || v.nextUse(at_) == SIZE_MAX)) return {-1, v.home};
  return {vectorOf(v), {}};
}

int RowRegisters::vectorOf(RowValue& v) {
  lock(v);
  if (v.vector >= 0) return v.vector;
  if (v.condition >= 0) {
    const int from = v.condition;
    if (separate_) {
      const int r = takeVector();
      t_.fromCondition(r, from, RowConstant::one);
      assignVector(v, r);
    } else {
      t_.fromCondition(from, from, RowConstant::one);
      v.vector = from, v.condition = -1;
    }
  } else {
    const int r = takeVector();
    t_.load(r, v.home);
    assignVector(v, r);
  }
  return v.vector;
}

int RowRegisters::conditionOf(RowValue& v) {
  lock(v);
  if (v.condition >= 0) return v.condition;
  const int from = vectorOf(v);
  if (separate_) {
    const int r = takeCondition();
    t_.toCondition(r, from);
    assignCondition(v, r);
  } else {
    t_.toCondition(from, from);
    v.condition = from, v.vector = -1;
  }
  return v.condition;
}

void RowRegisters::releaseIfDead(RowValue& v) {
  if (v.pinned || v.nextUse(at_) != SIZE_MAX) return;
  if (v.vector >= 0) freeVector(v.vector);
  if (v.condition >= 0) freeCondition(v.condition);
  v.vector = v.condition = -1;
}

bool RowRegisters::isLocked(const RowValue* v) const { return std::find(locked_.begin(), locked_.end(), v) != locked_.end(); }

void RowRegisters::evict(RowValue& v) {
  // With condition registers, the value stays available as a condition.
  if (!v.inMemory && !(separate_ && v.condition >= 0)) {
    if (v.vector < 0) {
      // Only if conditions are vectors: numbers then stay in memory.
      t_.fromCondition(v.condition, v.condition, RowConstant::one);
      v.vector = v.condition, v.condition = -1;
    }
    t_.store(v.vector, v.home);
    v.inMemory = true;
  }
  if (v.vector >= 0) vectors_[size_t(v.vector)] = nullptr;
  if (!separate_ && v.condition >= 0) vectors_[size_t(v.condition)] = nullptr, v.condition = -1;
  v.vector = -1;
}

int RowRegisters::takeVector() {
  for (;;) {
    RowValue* furthest = nullptr;
    for (size_t r = 0; r < vectors_.size(); r++) {
      if (vectors_[r] == nullptr && !lockedFree_[r]) return lockedFree_[r] = true, int(r);
      RowValue* v = vectors_[r];
      if (v == nullptr || v->pinned || isLocked(v)) continue;
      if (furthest == nullptr || v->nextUse(at_) > furthest->nextUse(at_)) furthest = v;
    }
    if (furthest == nullptr) throw CodedError("INTERNAL", "no vector register is free for a row operation");
    evict(*furthest);
  }
}

int RowRegisters::takeCondition() {
  if (!separate_) return takeVector();
  for (size_t r = 0; r < conditions_.size(); r++) if (conditions_[r] == nullptr && !lockedConditions_[r]) return lockedConditions_[r] = true, int(r);
  RowValue* furthest = nullptr;
  for (RowValue* v : conditions_) {
    if (v != nullptr && !isLocked(v) && (furthest == nullptr || v->nextUse(at_) > furthest->nextUse(at_))) furthest = v;
  }
  if (furthest == nullptr) throw CodedError("INTERNAL", "no condition register is free for a row operation");
  const int r = furthest->condition;
  if (!furthest->inMemory && furthest->vector < 0) {
    const int to = takeVector();
    t_.fromCondition(to, r, RowConstant::one);
    assignVector(*furthest, to);
  }
  furthest->condition = -1;
  conditions_[size_t(r)] = nullptr;
  return lockedConditions_[size_t(r)] = true, r;
}

void RowRegisters::freeCondition(int r) {
  if (!separate_) return freeVector(r);
  conditions_[size_t(r)] = nullptr;
  lockedConditions_[size_t(r)] = false;
}

void RowRegisters::assignVector(RowValue& v, int r) {
  v.vector = r;
  vectors_[size_t(r)] = &v;
  lockedFree_[size_t(r)] = false;
}

void RowRegisters::assignCondition(RowValue& v, int r) {
  v.condition = r;
  if (!separate_) {
    vectors_[size_t(r)] = &v;
    lockedFree_[size_t(r)] = false;
  } else {
    conditions_[size_t(r)] = &v;
    lockedConditions_[size_t(r)] = false;
  }
}

}  // namespace spikeward
