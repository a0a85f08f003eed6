#include "tiling/tileGroup.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace spikeward {
namespace {

class GroupCompiler {
 public:
  GroupCompiler(const Plan& plan, const Step& group, const Isa& isa) : plan_(plan), group_(group), isa_(isa) {}

  std::unique_ptr<TileGroup> compile() {
    g_ = std::make_unique<TileGroup>();
    g_->partitionSize = group_.partitionSize;
    g_->tileRows = group_.tileRows;
    g_->tiles = (group_.partitionSize + group_.tileRows - 1) / group_.tileRows;
    g_->lastRows = group_.partitionSize - (g_->tiles - 1) * group_.tileRows;
    g_->tileBytes = size_t(group_.scratchBytes + 63) / 64 * 64;
    g_->steps = steps(group_.body, 1);
    g_->tileOffset = (scratch_ + 63) / 64 * 64;
    g_->scratchBytes = g_->tileOffset + g_->tileBytes;
    return std::move(g_);
  }

 private:
  std::vector<TileStep> steps(const std::vector<Step>& list, double times) {
    std::vector<TileStep> made;
    for (const Step& step : list) {
      TileStep t;
      if (step.kind == Step::Kind::loop) {
        t.length = step.length;
        t.body = steps(step.body, times * double(step.length));
      } else if (step.kind == Step::Kind::kernel) {
        t.kernel = kernel(step, t.operands);
        if (!step.last.empty()) t.lastKernel = kernel(step.last[0], t.lastOperands);
        g_->work += t.kernel->work * double(g_->tiles) * times;
      } else {
        dot(step, t);
        placePatterns(step, made, t);
        g_->work += t.dot->work * times;
      }
      made.push_back(std::move(t));
    }
    return made;
  }

  std::unique_ptr<KernelProgram> kernel(const Step& step, std::vector<OperandPlace>& operands) {
    const Kernel& k = step.kernel;
    for (size_t i = 0; i < k.loads.size(); i++) operands.push_back(placeOf(plan_, step.ins[i], k.loads[i].dtype));
    for (size_t i = 0; i < k.stores.size(); i++) operands.push_back(placeOf(plan_, step.outs[i], k.stores[i].dtype));
    auto made = std::make_unique<KernelProgram>(compileKernel(k, isa_, [&](size_t load, size_t store) { return mayAlias(plan_, step.ins[load], step.outs[store]); }, true));
    scratch_ = std::max(scratch_, made->scratchTotal());
    return made;
  }

  void dot(const Step& step, TileStep& t) {
    const Routine& r = step.routine;
    const auto isLocal = [&](const Operand& o) { return plan_.slots[size_t(o.slot)].kind == Slot::Kind::tileLocal; };
    t.aInTile = isLocal(step.ins[0]);
    t.cInTile = isLocal(step.outs[0]);
    t.repeats = r.m / group_.partitionSize;
    // Rows are together over all repeats if the sums are: spikes are gathered if necessary.
    t.dot = std::make_unique<DotProgram>(compileDot(r, isa_, group_.tileRows * (t.cInTile ? t.repeats : 1)));
    require(t.dot->isRowwise(), "a product in a tile-fused group that is not computed row by row");
    t.add = step.accumulates;
    require(!t.add || t.dot->lookUp, "a product that cannot be added to another");
    const auto places = [&](const Step& s, std::vector<OperandPlace>& to) {
      for (const Operand& o : {s.ins[0], s.ins[1], s.outs[0]}) to.push_back(placeOf(plan_, o, r.dtype));
    };
    places(step, t.operands);
    if (!step.last.empty()) places(step.last[0], t.lastOperands);
    t.sharedOffset = std::exchange(g_->sharedBytes, g_->sharedBytes + (t.dot->sharedBytes + 127) / 64 * 64);
    scratch_ = std::max(scratch_, t.dot->scratchBytes);
  }

  // The plan states which product finds the spikes for another; this function only checks that the memory suffices.
  void placePatterns(const Step& step, const std::vector<TileStep>& made, TileStep& t) {
    if (step.spikesOf < 0) return;
    require(t.dot->lookUp && t.dot->batchTasks == 1 && t.aInTile && t.cInTile, "spikes of a product that does not look them up in its tile");
    if (size_t(step.spikesOf) == made.size()) {
      t.patterns = int64_t(std::exchange(g_->tileBytes, g_->tileBytes + (patternBytes(*t.dot, t.repeats * group_.tileRows) + 63) / 64 * 64));
      return;
    }
    const TileStep& finds = made[size_t(step.spikesOf)];
    require(finds.dot && finds.patterns >= 0 && finds.dot->r.m == t.dot->r.m && finds.dot->r.k == t.dot->r.k, "spikes of a product of another size");
    t.patterns = finds.patterns;
    t.found = true;
  }
  static void require(bool holds, const char* what) {
    if (!holds) throw CodedError("INVALID_PLAN", std::string(what) + "; this is a bug in the code that made the plan");
  }

  const Plan& plan_;
  const Step& group_;
  const Isa& isa_;
  std::unique_ptr<TileGroup> g_;
  size_t scratch_ = 0;
};

int64_t packTasksIn(const std::vector<TileStep>& steps) {
  int64_t tasks = 0;
  for (const TileStep& s : steps) tasks += (s.dot ? dotTasks(*s.dot, 0) : 0) + packTasksIn(s.body);
  return tasks;
}

}  // namespace

int64_t TileGroup::packTasks() const { return packTasksIn(steps); }

std::unique_ptr<TileGroup> compileTileGroup(const Plan& plan, const Step& group, const Isa& isa) { return GroupCompiler(plan, group, isa).compile(); }

}  // namespace spikeward
