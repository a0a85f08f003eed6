#include "executable.hpp"

#include <algorithm>
#include <chrono>

namespace spikeward {
namespace {

// Work (about one vector lane operation each) below which waking and waiting for other threads costs more than it saves.
constexpr double kWorthSharing = 1e5;

// Whether two operands may touch the same bytes: spans are not compared, only what memory they lie in.
bool mayAlias(const Plan& plan, const Operand& x, const Operand& y) {
  const Slot& a = plan.slots[size_t(x.slot)];
  const Slot& b = plan.slots[size_t(y.slot)];
  using Kind = Slot::Kind;
  if (a.kind == Kind::temporary && b.kind == Kind::temporary) {
    const int64_t endA = a.byteOffset + a.size * int64_t(bytesOf(a.dtype)), endB = b.byteOffset + b.size * int64_t(bytesOf(b.dtype));
    return a.byteOffset < endB && b.byteOffset < endA;
  }
  if (a.kind == Kind::temporary || b.kind == Kind::temporary) return false;
  if (a.kind == b.kind) return a.index == b.index;
  const Slot& out = a.kind == Kind::output ? a : b;
  const Slot& in = a.kind == Kind::output ? b : a;
  return plan.donations[size_t(out.index)] == in.index;
}

}  // namespace

Executable::Executable(const Plan& plan, const Isa& isa) : isa_(isa), inputs_(plan.inputs), outputs_(plan.outputs), donations_(plan.donations) {
  leastBytes_.assign(size_t(plan.inputs + plan.outputs), 0);
  for (const Slot& s : plan.slots) {
    if (s.kind == Slot::Kind::temporary) continue;
    int64_t& least = leastBytes_[size_t(s.index + (s.kind == Slot::Kind::output ? plan.inputs : 0))];
    least = std::max(least, s.size * int64_t(bytesOf(s.dtype)));
  }
  for (const Step& s : plan.steps) {
    steps_.push_back(compile(plan, s));
    anyShared_ |= steps_.back().shared || steps_.back().anyShared;
  }
  planWorkspace_ = (size_t(plan.workspace) + 63) / 64 * 64;
  workspaceBytes_ = planWorkspace_ + sharedBytes_;
  workspace_.reset(allocateBytes(workspaceBytes_));
}

Executable::Place Executable::place(const Plan& plan, const Operand& operand, DType dtype) const {
  const Slot& slot = plan.slots[size_t(operand.slot)];
  const int64_t bytes = int64_t(bytesOf(dtype));
  Place p;
  if (slot.kind == Slot::Kind::temporary) p.offset = slot.byteOffset;
  else p.argument = int(slot.index + (slot.kind == Slot::Kind::output ? plan.inputs : 0));
  p.offset += operand.offset * bytes;
  for (int64_t by : operand.advance) p.advance.push_back(by * bytes);
  return p;
}

Executable::Node Executable::compile(const Plan& plan, const Step& step) {
  Node n;
  n.kind = step.kind;
  if (step.kind == Step::Kind::loop) {
    n.length = step.length;
    const double before = work_;
    for (const Step& s : step.body) {
      n.body.push_back(compile(plan, s));
      n.anyShared |= n.body.back().shared || n.body.back().anyShared;
    }
    work_ = before + (work_ - before) * double(step.length);
    return n;
  }
  double work = 0;
  if (step.kind == Step::Kind::kernel) {
    const Kernel& k = step.kernel;
    n.kernel = std::make_unique<KernelProgram>(compileKernel(k, isa_, [&](size_t load, size_t store) { return mayAlias(plan, step.ins[load], step.outs[store]); }));
    for (size_t i = 0; i < step.ins.size(); i++) n.operands.push_back(place(plan, step.ins[i], k.loads[i].dtype));
    for (size_t i = 0; i < step.outs.size(); i++) n.operands.push_back(place(plan, step.outs[i], k.stores[i].dtype));
    scratchBytes_ = std::max(scratchBytes_, n.kernel->scratchTotal());
    sharedBytes_ = std::max(sharedBytes_, n.kernel->partialBytes);
    work = n.kernel->work;
  } else {
    n.routine = step.routine;
    const Routine& r = n.routine;
    const bool indexed = r.kind == Routine::Kind::gather || r.kind == Routine::Kind::scatterAdd;
    for (size_t i = 0; i < step.ins.size(); i++) n.operands.push_back(place(plan, step.ins[i], indexed && i == 1 ? r.index : r.dtype));
    n.operands.push_back(place(plan, step.outs[0], r.dtype));
    if (r.kind == Routine::Kind::dot) {
      n.dot = std::make_unique<DotProgram>(compileDot(r, isa_));
      scratchBytes_ = std::max(scratchBytes_, n.dot->scratchBytes);
      sharedBytes_ = std::max(sharedBytes_, n.dot->sharedBytes);
      work = n.dot->work;
    } else {
      scratchBytes_ = std::max(scratchBytes_, routineScratch(r));
      work = routineWork(r);
    }
  }
  n.shared = work >= kWorthSharing;
  work_ += work;
  return n;
}

// One thread's way through the steps. All threads take the same decisions; serial steps are done by the first alone, and a
// barrier stands only where a shared step comes next.
struct Executable::Walker {
  using Clock = std::chrono::steady_clock;
  const Executable& e;
  Pool* pool;  // null where this thread is alone
  int worker;
  char* const* arguments;
  char* scratch;
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
        place(n);
        for (int p = 0, phases = phasesOf(n); p < phases; p++) pool->share(worker, tasksOf(n, p), [&](int64_t from, int64_t to) { run(n, p, from, to); });
      } else {
        serialSince = true;
        if (worker != 0) continue;
        place(n);
        for (int p = 0, phases = phasesOf(n); p < phases; p++) run(n, p, 0, tasksOf(n, p));
      }
      if (timed) {
        n.seconds += std::chrono::duration<double>(Clock::now() - start).count();
        n.runs++;
      }
    }
  }

  void place(const Node& n) {
    memory.resize(n.operands.size());
    for (size_t i = 0; i < n.operands.size(); i++) {
      const Place& p = n.operands[i];
      int64_t at = p.offset;
      for (size_t d = 0; d < p.advance.size(); d++) at += p.advance[d] * iteration[d];
      memory[i] = (p.argument < 0 ? e.workspace_.get() : arguments[p.argument]) + at;
    }
  }

  static int phasesOf(const Node& n) { return n.kernel ? (n.kernel->chunks > 1 ? 2 : 1) : n.dot ? dotPhases(*n.dot) : 1; }
  static int64_t tasksOf(const Node& n, int phase) {
    if (n.kernel) return phase == 0 ? n.kernel->tasks : n.kernel->outerTasks;
    return n.dot ? dotTasks(*n.dot, phase) : routineTasks(n.routine);
  }
  void run(const Node& n, int phase, int64_t from, int64_t to) {
    if (from >= to) return;
    char* shared = e.workspace_.get() + e.planWorkspace_;
    if (n.kernel) {
      if (phase == 0) runKernel(*n.kernel, e.isa_, memory.data(), scratch, shared, from, to);
      else combineKernel(*n.kernel, e.isa_, memory.data(), scratch, shared, from, to);
      return;
    }
    const Work work{&e.isa_, memory.data(), scratch, shared};
    if (n.dot) runDot(*n.dot, phase, work, from, to);
    else runRoutine(n.routine, work, from, to);
  }
};

void Executable::run(Pool& pool, char* const* scratch, char* const* arguments) {
  if (pool.threads() == 1 || !anyShared_) {
    Walker w{*this, nullptr, 0, arguments, scratch[0], {}, 0, false, {}};
    return w.walk(steps_);
  }
  pool.run([&](int worker) {
    Walker w{*this, &pool, worker, arguments, scratch[worker], {}, 0, false, {}};
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
  if (n.kernel) {
    const KernelProgram& k = *n.kernel;
    to += "kernel " + k.name + ": " + number(k.outerTasks) + " tiles of " + number(k.tilePoints) + " points";
    if (k.h > 1) to += ", " + number(k.h) + " directions";
    if (k.stepCount != 1) to += ", " + number(k.stepCount) + " steps";
    if (k.chunks > 1) to += ", folded in " + number(k.chunks) + " chunks";
    const char* names[] = {"call", "tile", "tile/h", "step", "step/h", "update", "end", "end/h"};
    for (int l = 0; l < kLevels; l++) if (!k.lists[l].empty()) to += ", " + number(k.lists[l].size()) + " " + names[l];
    to += ", " + number(k.scratchBytes) + " bytes of rows";
  } else if (n.dot) {
    const char* ways[] = {"direct", "few columns", "panels", "chunks of k"};
    const Routine& r = n.routine;
    to += "dot " + number(r.batch) + " x " + number(r.m) + " x " + number(r.n) + " x " + number(r.k) + (r.binary ? " of spikes: " : ": ") + ways[int(n.dot->way)];
  } else {
    const char* names[] = {"dot", "gather", "scatterAdd", "cholesky", "triangularSolve"};
    to += names[int(n.routine.kind)];
  }
  if (n.shared) to += ", shared among threads";
  if (n.runs > 0) to += ": " + number(n.seconds / double(n.runs) * 1e6) + " us";
  to += "\n";
}

}  // namespace spikeward
