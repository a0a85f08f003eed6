#include "tiling/bandSums.hpp"

namespace spikeward {

bool sameOperand(const Operand& x, const Operand& y) { return x.slot == y.slot && x.offset == y.offset && x.advance == y.advance; }

BandSums findSums(const std::vector<Step>& steps, size_t from, size_t length, const std::function<bool(int)>& own, const std::function<bool(const Step&)>& adds) {
  BandSums sums;
  std::map<int, size_t> products;  // by slot
  for (size_t s = from; s < from + length; s++) {
    const Step& step = steps[s];
    if (step.kind != Step::Kind::kernel) {
      if (step.routine.dtype == DType::f32 && own(step.outs[0].slot)) products[step.outs[0].slot] = s;
      continue;
    }
    Kernel k = step.kernel;
    bool changed = false;
    for (size_t n = 0; n < k.nodes.size(); n++) {
      const Node& add = k.nodes[n];
      if (add.op != Op::add || add.dtype != DType::f32) continue;
      const Node &x = k.nodes[size_t(add.args[0])], &y = k.nodes[size_t(add.args[1])];
      if (x.op != Op::load || y.op != Op::load || x.target == y.target) continue;
      const Operand &p = step.ins[size_t(x.target)], &q = step.ins[size_t(y.target)];
      const Access &a = k.loads[size_t(x.target)], &b = k.loads[size_t(y.target)];
      if (products.count(p.slot) == 0 || products.count(q.slot) == 0 || p.slot == q.slot) continue;
      if (p.offset != q.offset || p.advance != q.advance || a.offset != b.offset || a.strides != b.strides) continue;
      const bool firstIsP = products[p.slot] < products[q.slot];
      const Operand &first = firstIsP ? p : q, &second = firstIsP ? q : p;
      const Routine &f = steps[products[first.slot]].routine, &g = steps[products[second.slot]].routine;
      const Operand &into = steps[products[first.slot]].outs[0], &of = steps[products[second.slot]].outs[0];
      if (into.offset != of.offset || into.advance != of.advance || f.batch * f.m * f.n != g.batch * g.m * g.n || f.n != g.n) continue;
      if (!adds(steps[products[second.slot]])) continue;
      // Read once, but perhaps by several operations of the kernel.
      size_t reads = 0;
      for (const Node& other : k.nodes) for (int i = 0; i < argumentsOf(other.op); i++) reads += other.args[i] == add.args[0] || other.args[i] == add.args[1];
      for (const Carry& c : k.carries) for (int node : {c.init, c.next}) reads += node == add.args[0] || node == add.args[1];
      for (const Store& c : k.stores) reads += c.node == add.args[0] || c.node == add.args[1];
      if (reads != 2) continue;
      const size_t from = size_t(firstIsP ? add.args[0] : add.args[1]);
      k.nodes[n] = k.nodes[from];
      k.stages[n] = k.stages[from];
      sums.into[second.slot] = first.slot;
      changed = true;
    }
    if (changed) sums.kernels.emplace(&step, std::move(k));
  }
  return sums;
}

}  // namespace spikeward
