// A compiled plan: steps flattened into phases of tasks, the memory layout, and the run itself.
#pragma once
#include <atomic>
#include <memory>
#include <vector>

#include "kernel/kernelProgram.hpp"
#include "runtime/memory.hpp"
#include "runtime/pool.hpp"
#include "tiling/tileGroup.hpp"
#include "product/routines.hpp"

namespace spikeward {

class Executable {
 public:
  Executable(const Plan& plan, const Isa& isa);

  // `arguments`: the memory of inputs, then of outputs. Once `aborted` is set, the rest is skipped and the outputs are
  // undefined.
  void run(Pool& pool, char* const* scratch, char* const* arguments, const std::atomic<bool>& aborted);

  size_t workspaceBytes() const { return workspaceBytes_; }
  size_t scratchBytes() const { return scratchBytes_; }
  int64_t inputs() const { return inputs_; }
  int64_t outputs() const { return outputs_; }
  // The least sizes of inputs, then outputs, in bytes.
  const std::vector<int64_t>& minBytes() const { return minBytes_; }
  // Node evaluations and multiplications of one run, approximately.
  double work() const { return work_; }
  // A readable description, one line per step.
  std::string describe() const;
  // Whether runs measure the time of every step; describe() then shows it.
  void profile(bool on) { profiling_ = on; }

 private:
  struct Node {
    Step::Kind kind = Step::Kind::kernel;
    int64_t length = 0;  // loop
    std::vector<Node> body;
    bool anyShared = false;  // a loop: whether a step in it is shared among threads
    std::unique_ptr<KernelProgram> kernel;
    std::unique_ptr<DotProgram> dot;
    Routine routine;
    std::unique_ptr<TileGroup> group;
    std::vector<OperandPlace> operands;
    bool shared = false;  // worth sharing among threads
    mutable double least = 0;  // seconds of the fastest pass that was timed
  };
  struct Walker;

  std::vector<Node> compileAll(const Plan& plan, const std::vector<Step>& steps);
  Node compile(const Plan& plan, const Step& step);
  void describe(const Node& node, int depth, std::string& to) const;
  void describe(const std::vector<TileStep>& steps, int depth, std::string& to) const;

  const Isa& isa_;
  const bool poisons_;
  std::vector<Node> steps_;
  int64_t inputs_ = 0, outputs_ = 0;
  std::vector<int64_t> minBytes_;
  size_t planWorkspace_ = 0, workspaceBytes_ = 0, sharedBytes_ = 0, scratchBytes_ = 0;
  double work_ = 0;
  bool anyShared_ = false, profiling_ = false;
  Bytes workspace_;
};

}  // namespace spikeward
