#include "runtime/executable.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>

namespace spikeward {
namespace {

// The work (in vector lane operations, approximately) below which waking and waiting for other threads costs more than
// it saves: for a step of a run that has already woken them, and for a whole run.
constexpr double kWorthSharing = 1e5, kWorthWaking = 5e5;

// With SPIKEWARD_MEMORY=poison (for tests), memory is filled with this byte, so that a step cannot depend on what an
// earlier one wrote there.
constexpr int kPoison = 0x7e;
bool mayPoison() {
  const char* set = std::getenv("SPIKEWARD_MEMORY");
  return set != nullptr && std::string(set) == "poison";
}

std::string describeKernel(const KernelProgram& k) {
  const auto number = [](auto x) { return std::to_string(x); };
  std::string to = "kernel " + k.name + ": " + number(k.outerTasks) + " tiles of " + number(k.tilePoints) + " points";
  if (k.h > 1) to += ", " + number(k.h) + " directions";
  if (k.stepCount != 1) to += ", " + number(k.stepCount) + " steps";
  if (k.code) to += ", machine code";
  if (k.twoSteps != nullptr) to += ", two steps at once";
  if (k.chunks > 1) to += ", folded in " + number(k.chunks) + " chunks";
  const char* names[] = {"call", "tile", "tile/h", "step", "step/h", "update", "end", "end/h"};
  for (int l = 0; l < kLevels; l++) if (!k.lists[l].empty()) to += ", " + number(k.lists[l].size()) + " " + names[l];
  return to + ", " + number(k.scratchBytes) + " bytes of rows";
}

std::string describeDot(const DotProgram& d) {
  const auto number = [](auto x) { return std::to_string(x); };
  const char* ways[] = {"direct", "few columns", "panels", "chunks of k"};
  const Routine& r = d.r;
  return "dot " + number(r.batch) + " x " + number(r.m) + " x " + number(r.n) + " x " + number(r.k) + (r.binary ? " of spikes: " : d.operands == Operands::bf16 ? " of bf16: " : d.operands == Operands::int8 ? " of int8: " : ": ") + ways[int(d.way)];
}

}  // namespace

Executable::Executable(const Plan& plan, const Isa& isa) : isa_(isa), poisons_(mayPoison()), inputs_(plan.inputs), outputs_(plan.outputs) {
  minBytes_.assign(size_t(plan.inputs + plan.outputs), 0);
  for (const Slot& s : plan.slots) {
    if (s.kind != Slot::Kind::input && s.kind != Slot::Kind::output) continue;
    int64_t& least = minBytes_[size_t(s.index + (s.kind == Slot::Kind::output ? plan.inputs : 0))];
    least = std::max(least, s.size * int64_t(bytesOf(s.dtype)));
  }
  steps_ = compileAll(plan, plan.steps);
  for (const Node& n : steps_) anyShared_ |= n.shared || n.anyShared;
  anyShared_ = anyShared_ && work_ >= kWorthWaking;
  planWorkspace_ = size_t(plan.workspace + 63) / 64 * 64;
  workspaceBytes_ = planWorkspace_ + sharedBytes_;
  workspace_.reset(allocateBytes(workspaceBytes_));
}

std::vector<Executable::Node> Executable::compileAll(const Plan& plan, const std::vector<Step>& steps) {
  std::vector<Node> nodes;
  for (const Step& step : steps) nodes.push_back(compile(plan, step));
  return nodes;
}

Executable::Node Executable::compile(const Plan& plan, const Step& step) {
  Node n;
  n.kind = step.kind;
  if (step.kind == Step::Kind::loop) {
    n.length = step.length;
    const double before = work_;
    n.body = compileAll(plan, step.body);
    for (const Node& b : n.body) n.anyShared |= b.shared || b.anyShared;
    work_ = before + (work_ - before) * double(step.length);
    return n;
  }
  double work = 0;
  if (step.kind == Step::Kind::tileFused) {
    n.group = compileTileGroup(plan, step, isa_);
    scratchBytes_ = std::max(scratchBytes_, n.group->scratchBytes);
    sharedBytes_ = std::max(sharedBytes_, n.group->sharedBytes);
    work = n.group->work;
  } else if (step.kind == Step::Kind::kernel) {
    const Kernel& k = step.kernel;
    n.kernel = std::make_unique<KernelProgram>(compileKernel(k, isa_, [&](size_t load, size_t store) { return mayAlias(plan, step.ins[load], step.outs[store]); }));
    for (size_t i = 0; i < step.ins.size(); i++) n.operands.push_back(placeOf(plan, step.ins[i], k.loads[i].dtype));
    for (size_t i = 0; i < step.outs.size(); i++) n.operands.push_back(placeOf(plan, step.outs[i], k.stores[i].dtype));
    scratchBytes_ = std::max(scratchBytes_, n.kernel->scratchTotal());
    sharedBytes_ = std::max(sharedBytes_, n.kernel->partialBytes);
    work = n.kernel->work;
  } else {
    n.routine = step.routine;
    const Routine& r = n.routine;
    for (size_t i = 0; i < step.ins.size(); i++) n.operands.push_back(placeOf(plan, step.ins[i], r.operands[i]));
    n.operands.push_back(placeOf(plan, step.outs[0], r.operands.back()));
    if (r.type == nullptr) {
      n.dot = std::make_unique<DotProgram>(compileDot(r, isa_));
      scratchBytes_ = std::max(scratchBytes_, n.dot->scratchBytes);
      sharedBytes_ = std::max(sharedBytes_, n.dot->sharedBytes);
      work = n.dot->work;
    } else {
      scratchBytes_ = std::max(scratchBytes_, r.type->scratch(r));
      work = r.type->work(r);
    }
  }
  n.shared = work >= kWorthSharing;
  work_ += work;
  return n;
}

// The walk of one thread through the steps. All threads take the same decisions; the first thread alone runs serial
// steps, and barriers precede only shared steps.
struct Executable::Walker {
  using Clock = std::chrono::steady_clock;
  const Executable& e;
  Pool* pool;  // null if this thread is the only one
  int worker;
  char* const* arguments;
  char* scratch;
  const std::atomic<bool>& aborted;
  int64_t iteration[40] = {};
  int depth = 0;
  bool serialSince = false;
  std::vector<char*> memory;

  void walk(const std::vector<Node>& steps) {
    for (const Node& n : steps) {
      if (n.kind == Step::Kind::loop) {
        if (pool != nullptr && worker != 0 && !n.anyShared) {
          serialSince = true;
          continue;
        }
        const int at = depth++;
        for (int64_t i = 0; i < n.length; i++) {
          iteration[at] = i;
          walk(n.body);
        }
        depth--;
        if (!n.anyShared) serialSince = true;
        continue;
      }
      const bool timed = e.profiling_ && worker == 0;
      const auto start = timed ? Clock::now() : Clock::time_point();
      if (pool != nullptr && n.shared) {
        if (serialSince) pool->barrier();
        serialSince = false;
        if (!n.group) place(n.operands, nullptr);
        for (int p = 0, phases = phasesOf(n); p < phases; p++) pool->share(worker, tasksOf(n, p), [&](int64_t from, int64_t to) { run(n, p, from, to); });
      } else {
        serialSince = true;
        if (worker != 0) continue;
        if (!n.group) place(n.operands, nullptr);
        for (int p = 0, phases = phasesOf(n); p < phases; p++) run(n, p, 0, tasksOf(n, p));
      }
      if (timed) {
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        n.least = n.least > 0 ? std::min(n.least, seconds) : seconds;
      }
    }
  }

  void place(const std::vector<OperandPlace>& operands, char* tile) {
    memory.resize(operands.size());
    for (size_t i = 0; i < operands.size(); i++) {
      const OperandPlace& p = operands[i];
      int64_t at = p.offset;
      for (size_t d = 0; d < p.advance.size(); d++) at += p.advance[d] * iteration[d];
      char* const base = p.in == OperandPlace::In::argument ? arguments[p.argument] : p.in == OperandPlace::In::tile ? tile : e.workspace_.get();
      memory[i] = base + at;
    }
  }

  static int phasesOf(const Node& n) { return n.group ? 2 : n.kernel ? (n.kernel->chunks > 1 ? 2 : 1) : n.dot ? dotPhases(*n.dot) : 1; }
  static int64_t tasksOf(const Node& n, int phase) {
    if (n.group) return phase == 0 ? n.group->packTasks() : n.group->tiles;
    if (n.kernel) return phase == 0 ? n.kernel->tasks : n.kernel->outerTasks;
    return n.dot ? dotTasks(*n.dot, phase) : n.routine.type->tasks(n.routine);
  }
  void run(const Node& n, int phase, int64_t from, int64_t to) {
    // Threads still meet at their barriers; only the work is skipped.
    if (from >= to || aborted.load(std::memory_order_relaxed)) return;
    char* shared = e.workspace_.get() + e.planWorkspace_;
    if (e.poisons_) std::memset(scratch, kPoison, e.scratchBytes_);
    if (n.group) return phase == 0 ? pack(*n.group, shared, from, to) : tiles(*n.group, shared, from, to);
    if (n.kernel) {
      if (phase == 0) runKernel(*n.kernel, e.isa_, memory.data(), scratch, shared, from, to);
      else combineKernel(*n.kernel, e.isa_, memory.data(), scratch, shared, from, to);
      return;
    }
    const Work work{&e.isa_, memory.data(), scratch, shared};
    if (n.dot) runDot(*n.dot, phase, work, from, to);
    else n.routine.type->run(n.routine, work, from, to);
  }

  // Packs the right operands of a group's products, one after the other.
  void pack(const TileGroup& g, char* shared, int64_t from, int64_t to) {
    int64_t first = 0;
    iteration[depth] = 0;
    pack(g.steps, shared, from, to, first);
  }
  void pack(const std::vector<TileStep>& steps, char* shared, int64_t from, int64_t to, int64_t& first) {
    for (const TileStep& s : steps) {
      pack(s.body, shared, from, to, first);
      if (!s.dot) continue;
      const int64_t tasks = dotTasks(*s.dot, 0), low = std::max(from, first), high = std::min(to, first + tasks);
      if (low < high) {
        place(s.operands, scratch);
        runDot(*s.dot, 0, {&e.isa_, memory.data(), scratch, shared + s.sharedOffset}, low - first, high - first);
      }
      first += tasks;
    }
  }

  // The loop over tiles is the innermost of the loops around their steps.
  void tiles(const TileGroup& g, char* shared, int64_t from, int64_t to) {
    const int at = depth++;
    for (int64_t t = from; t < to && !aborted.load(std::memory_order_relaxed); t++) {
      iteration[at] = t;
      tile(g, g.steps, shared, t == g.tiles - 1);
    }
    depth--;
  }
  void tile(const TileGroup& g, const std::vector<TileStep>& steps, char* shared, bool last) {
    const bool timed = e.profiling_ && worker == 0;
    for (const TileStep& s : steps) {
      if (s.length > 0 || !s.body.empty()) {
        const int at = depth++;
        for (int64_t i = 0; i < s.length; i++) {
          iteration[at] = i;
          tile(g, s.body, shared, last);
        }
        depth--;
        continue;
      }
      const auto start = timed ? Clock::now() : Clock::time_point();
      char* const own = scratch + g.tileOffset;
      place(last && !s.lastOperands.empty() ? s.lastOperands : s.operands, own);
      if (s.dot) {
        const DotRows rows{s.repeats, last ? g.lastRows : g.tileRows, g.partitionSize, s.aInTile, s.cInTile, s.add, s.patterns < 0 ? nullptr : own + s.patterns, s.found};
        runDotRows(*s.dot, {&e.isa_, memory.data(), scratch, shared + s.sharedOffset}, rows);
      } else {
        const KernelProgram& k = last && s.lastKernel ? *s.lastKernel : *s.kernel;
        runKernel(k, e.isa_, memory.data(), scratch, nullptr, 0, k.tasks);
      }
      if (timed && (!last || g.lastRows == g.tileRows)) {
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count() * double(g.tiles);
        s.least = s.least > 0 ? std::min(s.least, seconds) : seconds;
      }
    }
  }
};

void Executable::run(Pool& pool, char* const* scratch, char* const* arguments, const std::atomic<bool>& aborted) {
  if (poisons_) std::memset(workspace_.get(), kPoison, workspaceBytes_);
  if (pool.threads() == 1 || !anyShared_) {
    Walker w{*this, nullptr, 0, arguments, scratch[0], aborted, {}, 0, false, {}};
    return w.walk(steps_);
  }
  pool.run([&](int worker) {
    Walker w{*this, &pool, worker, arguments, scratch[worker], aborted, {}, 0, false, {}};
    w.walk(steps_);
  });
}

std::string Executable::describe() const {
  std::string text = std::string("native, ") + isa_.name + "\n";
  for (const Node& n : steps_) describe(n, 1, text);
  return text;
}

void Executable::describe(const Node& n, int depth, std::string& to) const {
  const auto number = [](auto x) { return std::to_string(x); };
  to += std::string(size_t(depth) * 2, ' ');
  if (n.kind == Step::Kind::loop) {
    to += "loop " + number(n.length) + "\n";
    for (const Node& b : n.body) describe(b, depth + 1, to);
    return;
  }
  const auto time = [&](double seconds) { return seconds > 0 ? ": " + number(seconds * 1e6) + " us" : std::string(); };
  if (n.group) {
    const TileGroup& g = *n.group;
    to += "tile-fused group of " + number(g.tiles) + " tiles of " + number(g.tileRows) + " of " + number(g.partitionSize) + " rows, each with " + number(g.tileBytes) + " bytes of scratch";
    if (n.shared) to += ", shared among threads";
    to += time(n.least) + "\n";
    return describe(g.steps, depth + 1, to);
  }
  to += n.kernel ? describeKernel(*n.kernel) : n.dot ? describeDot(*n.dot) : n.routine.type->name;
  if (n.shared) to += ", shared among threads";
  to += time(n.least) + "\n";
}

void Executable::describe(const std::vector<TileStep>& steps, int depth, std::string& to) const {
  for (const TileStep& s : steps) {
    to += std::string(size_t(depth) * 2, ' ');
    if (!s.kernel && !s.dot) {
      to += "loop " + std::to_string(s.length) + "\n";
      describe(s.body, depth + 1, to);
      continue;
    }
    to += s.kernel ? describeKernel(*s.kernel) : describeDot(*s.dot) + (s.add ? ", accumulated onto the one before" : "");
    if (s.least > 0) to += ": " + std::to_string(s.least * 1e6) + " us";
    to += "\n";
  }
}

}  // namespace spikeward
