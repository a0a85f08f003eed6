#include "codegen/rowTarget.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <map>
#include <string>

#include "codegen/executableMemory.hpp"
#include "codegen/rowRegisters.hpp"

namespace spikeward {
namespace {

using Temporary = RowTarget::Temporary;

bool isComparison(const Instruction& i) { return !i.spread && i.op >= Op::lt && i.op <= Op::ne; }
int argumentCount(const Instruction& i) { return i.spread ? 1 : argumentsOf(i.op); }

bool canGenerate(const Instruction& i, const RowTarget& target) {
  return i.kind == Instruction::compute && !i.uniform && !i.late && i.dtype != DType::f64 && i.from != DType::f64 && (i.spread || target.encodes(i));
}

// Places that some instruction redirects, or that have one row per h: they are accessed through their pointers.
std::vector<bool> movingPlaces(const KernelProgram& p) {
  std::vector<bool> moving(p.places.size(), false);
  for (size_t i = 0; i < p.places.size(); i++) moving[i] = p.places[i].perH;
  for (const auto& list : p.lists) for (const Instruction& i : list) if (i.kind == Instruction::direct || i.kind == Instruction::place) moving[size_t(i.r)] = true;
  return moving;
}

struct Operation {
  RowValue* args[3] = {nullptr, nullptr, nullptr};
  RowValue* result = nullptr;
};

// Emits the operations list[from] to list[to - 1] as one loop.
class RunEmitter {
 public:
  RunEmitter(RowTarget& target, const KernelProgram& program, const std::vector<bool>& moving, const std::vector<Instruction>& list, size_t from, size_t to, const std::vector<bool>& stored)
      : t_(target), p_(program), moving_(moving), list_(list), from_(from), to_(to), stored_(stored), registers_(target) {}

  void emit() {
    holdPointers();
    findValues();
    t_.enter(held_);
    std::vector<RowValue*> uniforms;
    for (auto& [place, v] : uniforms_) uniforms.push_back(v);
    registers_.pin(uniforms, pressure() + 2);
    t_.beginLoop();
    for (size_t i = from_; i < to_; i++) one(list_[i], i);
    t_.leave();
  }

 private:
  // ---- where values lie

  // Keeps the pointers of the most-used places in registers.
  void holdPointers() {
    std::map<int, int> uses;
    for (size_t i = from_; i < to_; i++) {
      const int args[] = {list_[i].x, list_[i].y, list_[i].z};
      for (int a = 0; a < argumentCount(list_[i]); a++) if (moving_[size_t(args[a])]) uses[args[a]]++;
      if (stored_[size_t(list_[i].r)] && moving_[size_t(list_[i].r)]) uses[list_[i].r]++;
    }
    for (const auto& [place, n] : uses) held_.push_back(place);
    std::stable_sort(held_.begin(), held_.end(), [&](int a, int b) { return uses[a] > uses[b]; });
    if (held_.size() > size_t(t_.pointers())) held_.resize(size_t(t_.pointers()));
  }

  RowAddress addressOf(int place, bool moves) const {
    RowAddress a;
    a.moves = moves;
    if (!moving_[size_t(place)]) {
      a.at = int32_t(p_.places[size_t(place)].offset);
      return a;
    }
    a.in = RowAddress::In::place;
    a.at = place;
    const auto found = std::find(held_.begin(), held_.end(), place);
    if (found != held_.end()) a.pointer = int(found - held_.begin());
    return a;
  }

  RowValue* newValue(int place, bool moves, bool inMemory) {
    values_.push_back({});
    values_.back().home = addressOf(place, moves);
    values_.back().inMemory = inMemory;
    return &values_.back();
  }

  // Finds the values that operations read and write: a place holds one value after another.
  void findValues() {
    std::map<int, RowValue*> now;
    for (size_t i = from_; i < to_; i++) {
      const Instruction& in = list_[i];
      const int places[] = {in.x, in.y, in.z};
      Operation o;
      for (int a = 0; a < argumentCount(in); a++) {
        const bool uniform = in.spread || (in.uniformArgs & 1u << a);
        auto& known = uniform ? uniforms_ : now;
        if (known.count(places[a]) == 0) known[places[a]] = newValue(places[a], !uniform, true);
        o.args[a] = known[places[a]];
        if (o.args[a]->uses.empty() || o.args[a]->uses.back() != i) o.args[a]->uses.push_back(i);
      }
      o.result = now[in.r] = newValue(in.r, true, false);
      lastWrite_[in.r] = i;
      operations_.push_back(o);
    }
  }

  // The largest number of rows that are live at once.
  size_t pressure() const {
    std::vector<const RowValue*> live;
    size_t most = 0;
    for (size_t i = from_; i < to_; i++) {
      const Operation& o = operations_[i - from_];
      for (const RowValue* v : {o.args[0], o.args[1], o.args[2], o.result}) {
        if (v != nullptr && v->home.moves && std::find(live.begin(), live.end(), v) == live.end()) live.push_back(v);
      }
      most = std::max(most, live.size());
      live.erase(std::remove_if(live.begin(), live.end(), [&](const RowValue* v) { return v->nextUse(i) == SIZE_MAX; }), live.end());
    }
    return most;
  }

  // ---- operations

  void one(const Instruction& in, size_t at) {
    const Operation& o = operations_[at - from_];
    registers_.begin(at);
    RowValue& result = *o.result;
    const bool stores = stored_[size_t(in.r)] && lastWrite_.at(in.r) == at;
    if (isComparison(in)) compare(in, o, stores);
    else if (in.op == Op::select && !in.spread) select(o);
    else if (in.op == Op::cast && !in.spread && in.from == DType::boolean && in.dtype == DType::f32 && o.args[0]->condition >= 0) {
      const int condition = registers_.conditionOf(*o.args[0]);
      releaseArguments(o);
      const int to = registers_.takeVector();
      t_.fromCondition(to, condition, RowConstant::floatOne);
      registers_.assignVector(result, to);
    } else {
      compute(in, o);
    }
    if (stores && !isComparison(in)) {
      t_.store(result.vector, result.home);
      result.inMemory = true;
    }
    registers_.releaseIfDead(result);
  }

  void releaseArguments(const Operation& o) {
    for (RowValue* v : o.args) if (v != nullptr) registers_.releaseIfDead(*v);
  }

  void select(const Operation& o) {
    // A value that is selected by itself is needed in both forms.
    const bool both = o.args[0] == o.args[1] || o.args[0] == o.args[2];
    const int known = both ? -1 : registers_.conditionOf(*o.args[0]);
    const int x = registers_.vectorOf(*o.args[1]), y = registers_.vectorOf(*o.args[2]);
    const int condition = both ? registers_.takeCondition() : known;
    if (both) t_.toCondition(condition, registers_.vectorOf(*o.args[0]));
    releaseArguments(o);
    const int to = registers_.takeVector();
    t_.select(to, condition, x, y);
    registers_.assignVector(*o.result, to);
    if (both) registers_.freeCondition(condition);
  }

  void compute(const Instruction& in, const Operation& o) {
    Instruction plain = in;
    if (in.spread) plain.op = Op::bitcast;
    const int count = argumentCount(in);
    const int x = count > 1 ? registers_.vectorOf(*o.args[0]) : 0;
    const RowOperand y = registers_.operand(*o.args[count - 1], t_.takesMemory(plain));
    const Temporary needs = t_.temporaryOf(plain);
    if (needs == Temporary::none) releaseArguments(o);
    const int to = registers_.takeVector();
    const int temporary = needs == Temporary::vector ? registers_.takeVector() : needs == Temporary::condition ? registers_.takeCondition() : -1;
    t_.compute(plain, to, x, y, temporary);
    free(needs, temporary);
    if (needs != Temporary::none) releaseArguments(o);
    registers_.assignVector(*o.result, to);
  }

  void compare(const Instruction& in, const Operation& o, bool stores) {
    const int x = registers_.vectorOf(*o.args[0]);
    const RowOperand y = registers_.operand(*o.args[1], t_.takesMemory(in));
    const Temporary needs = t_.temporaryOf(in);
    if (needs == Temporary::none) releaseArguments(o);
    const int to = registers_.takeCondition();
    const int temporary = needs == Temporary::vector ? registers_.takeVector() : -1;
    t_.compare(in, to, x, y, temporary);
    free(needs, temporary);
    if (needs != Temporary::none) releaseArguments(o);
    registers_.assignCondition(*o.result, to);
    if (!stores) return;
    const int numbers = registers_.takeVector();
    t_.fromCondition(numbers, to, RowConstant::one);
    t_.store(numbers, o.result->home);
    registers_.freeVector(numbers);
    o.result->inMemory = true;
  }

  void free(Temporary needs, int temporary) {
    if (needs == Temporary::vector) registers_.freeVector(temporary);
    if (needs == Temporary::condition) registers_.freeCondition(temporary);
  }

  RowTarget& t_;
  const KernelProgram& p_;
  const std::vector<bool>& moving_;
  const std::vector<Instruction>& list_;
  const size_t from_, to_;
  const std::vector<bool>& stored_;
  std::vector<int> held_;
  std::deque<RowValue> values_;
  std::map<int, RowValue*> uniforms_;
  std::map<int, size_t> lastWrite_;  // of a place: the state is written once, after the second of two steps
  std::vector<Operation> operations_;
  RowRegisters registers_;
};

// Rows that are read outside of a run of operations must be stored by it.
std::vector<bool> storedBy(const KernelProgram& p, const std::vector<bool>& elsewhere, int level, size_t from, size_t to) {
  std::vector<bool> stored = elsewhere;
  for (int l = 0; l < kLevels; l++) {
    for (size_t i = 0; i < p.lists[l].size(); i++) {
      if (l == level && i >= from && i < to) continue;
      const Instruction& in = p.lists[l][i];
      for (int place : {in.x, in.y, in.z}) stored[size_t(place)] = true;
    }
  }
  return stored;
}

// Two steps as one list of operations. Their state stays in registers in between, so it is loaded and stored half as
// often. A row in memory has a place for each step.
struct TwoSteps {
  std::vector<Instruction> list;
  std::vector<bool> stored, moving;
};

// Whether the steps are one run of operations on rows, which are read and written where they lie in memory, and no step
// writes where another one reads or writes.
bool canJoinSteps(const KernelProgram& p, const RowTarget& target) {
  if (p.steps.size() != 1 || p.steps[0].split || p.stepCount < 2 || p.hAxis >= 0) return false;
  if (!p.folds.empty() || !p.lists[STEP_H].empty() || !p.lists[UPDATE].empty()) return false;
  std::map<int, int> written;  // place → access
  size_t operations = 0;
  for (const Instruction& i : p.lists[STEP]) {
    if (i.kind == Instruction::place) {
      const AccessProgram& a = p.accesses[size_t(i.access)];
      if (std::abs(a.steps[0]) < p.tilePoints * int64_t(a.bytes)) return false;
      written[i.r] = i.access;
    } else if (i.kind == Instruction::store) {
      const auto found = written.find(i.x);
      if (found == written.end() || found->second != i.access) return false;
    } else if (i.kind == Instruction::compute) {
      if (!canGenerate(i, target)) return false;
      operations++;
    } else if (i.kind != Instruction::direct) {
      return false;
    }
  }
  return operations >= 2;
}

// Adds the places of the second step to the program.
TwoSteps joinSteps(KernelProgram& p, const std::vector<bool>& elsewhere) {
  const std::vector<Instruction>& step = p.lists[STEP];
  const auto isOperation = [](const Instruction& i) { return i.kind == Instruction::compute; };
  const auto from = std::find_if(step.begin(), step.end(), isOperation);
  const auto to = std::find_if_not(from, step.end(), isOperation);
  TwoSteps two;
  two.list.assign(from, to);
  two.stored = storedBy(p, elsewhere, STEP, size_t(from - step.begin()), size_t(to - step.begin()));
  two.moving = movingPlaces(p);
  std::map<int, int> second;
  for (const Instruction& i : step) {
    if ((i.kind != Instruction::direct && i.kind != Instruction::place) || second.count(i.r) != 0) continue;
    second[i.r] = int(p.places.size());
    p.places.push_back(Place(p.places[size_t(i.r)]));
    two.stored.push_back(bool(two.stored[size_t(i.r)]));
    two.moving.push_back(true);
    p.steppedRows.push_back({i.access, i.r, second[i.r]});
  }
  const auto placeOf = [&](int place) {
    const auto found = second.find(place);
    return found == second.end() ? place : found->second;
  };
  for (auto i = from; i != to; i++) {
    Instruction next = *i;
    next.r = placeOf(i->r), next.x = placeOf(i->x), next.y = placeOf(i->y), next.z = placeOf(i->z);
    two.list.push_back(next);
  }
  return two;
}

}  // namespace

const char* rowConstants() {
  struct Table {
    alignas(64) uint32_t rows[size_t(RowConstant::count)][kRowConstantBytes / 4];
    Table() {
      constexpr uint32_t values[] = {0, 1, 0x80000000u, 0x7fffffffu, 0xffffffffu, 0x3f800000u, 0xffffu, 0x47800000u};
      for (size_t i = 0; i < size_t(RowConstant::count); i++) std::fill(std::begin(rows[i]), std::end(rows[i]), values[i]);
    }
  };
  static const Table table;
  return reinterpret_cast<const char*>(table.rows);
}

bool mayGenerate() {
  const char* set = std::getenv("SPIKEWARD_CODEGEN");
  return set == nullptr || std::string(set) != "off";
}

bool generateRows(KernelProgram& program, RowTarget& target, const std::vector<bool>& elsewhere) {
  struct Run {
    int level;
    size_t from, to, code;
  };
  // The offsets of rows must fit into an instruction's displacement.
  if (program.scratchBytes > size_t(INT32_MAX) / 2) return true;
  const std::vector<bool> moving = movingPlaces(program);
  std::vector<Run> runs;
  for (int l = 0; l < kLevels; l++) {
    const std::vector<Instruction>& list = program.lists[l];
    for (size_t i = 0; i < list.size();) {
      size_t end = i;
      while (end < list.size() && canGenerate(list[end], target)) end++;
      if (end - i >= 2) {
        runs.push_back({l, i, end, target.bytes.size()});
        RunEmitter(target, program, moving, list, i, end, storedBy(program, elsewhere, l, i, end)).emit();
      }
      i = std::max(end, i + 1);
    }
  }
  if (runs.empty()) return true;
  const size_t twoStepsAt = target.bytes.size();
  const bool joined = canJoinSteps(program, target);
  if (joined) {
    const TwoSteps two = joinSteps(program, elsewhere);
    RunEmitter(target, program, two.moving, two.list, 0, two.list.size(), two.stored).emit();
  }
  std::shared_ptr<const ExecutableMemory> memory(ExecutableMemory::make(target.bytes));
  if (!memory) return false;
  if (joined) program.twoSteps = reinterpret_cast<RowCode>(reinterpret_cast<uintptr_t>(memory->at(twoStepsAt)));
  for (size_t r = runs.size(); r-- > 0;) {
    std::vector<Instruction>& list = program.lists[runs[r].level];
    Instruction generated;
    generated.kind = Instruction::generated;
    generated.code = reinterpret_cast<RowCode>(reinterpret_cast<uintptr_t>(memory->at(runs[r].code)));
    generated.access = int(runs[r].to - runs[r].from);
    list.erase(list.begin() + ptrdiff_t(runs[r].from), list.begin() + ptrdiff_t(runs[r].to));
    list.insert(list.begin() + ptrdiff_t(runs[r].from), generated);
  }
  program.code = memory;
  return true;
}

}  // namespace spikeward
