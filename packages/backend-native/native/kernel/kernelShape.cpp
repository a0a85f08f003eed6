#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernel/kernelProgram.hpp"

namespace spikeward {
namespace {

using Mask = AxisMask;
constexpr Mask bit(int axis) { return axisBit(axis); }

// Bytes of rows that should fit in the first-level cache, and bounds of a tile.
constexpr int64_t kRowBytes = 96 << 10, kLeastTile = 128, kMostTile = 1024;

bool isTranscendental(Op op) { return op >= Op::function || op == Op::rem; }
double costOf(const Node& n) { return n.op < Op::neg ? (n.op == Op::load ? 0.5 : 0) : isTranscendental(n.op) ? 12 : n.op == Op::div || n.op == Op::sqrt ? 4 : 1; }

class Shaper : ShapedKernel {
 public:
  Shaper(const Kernel& kernel, bool alone) : alone_(alone) { k = kernel; }

  ShapedKernel shape() {
    p.name = k.name;
    p.loads = k.loads.size();
    p.rank = k.space.size();
    multiplyByReciprocals();
    dependencies();
    markUsed();
    chooseLoops();
    describeAccesses();
    levels();
    return std::move(*this);
  }

 private:
  template <class F>
  void eachAccess(F f) {
    for (Access& a : k.loads) f(a);
    for (Store& s : k.stores) f(s);
  }

  // x / 2^e = x · 2^−e to the bit, and a multiplication takes a tenth of the time: a power of two that only divides
  // becomes its reciprocal.
  void multiplyByReciprocals() {
    std::vector<bool> divides(k.nodes.size(), true);
    for (const Node& n : k.nodes) {
      for (int a = 0; a < argumentsOf(n.op); a++) if (n.op != Op::div || !isFloat(n.dtype) || a == 0) divides[size_t(n.args[a])] = false;
    }
    for (const Store& s : k.stores) divides[size_t(s.node)] = false;
    for (const Carry& c : k.carries) divides[size_t(c.init)] = divides[size_t(c.next)] = false;
    const auto isReciprocal = [&](int i) { return divides[size_t(i)] && isPowerOfTwo(k.nodes[size_t(i)]); };
    for (Node& n : k.nodes) if (n.op == Op::div && isReciprocal(n.args[1])) n.op = Op::mul;
    for (size_t i = 0; i < k.nodes.size(); i++) if (isReciprocal(int(i))) k.nodes[i].value = 1 / k.nodes[i].value;
  }
  // With a reciprocal that is a normal number of f32.
  static bool isPowerOfTwo(const Node& n) {
    int exponent = 0;
    return n.op == Op::constant && isFloat(n.dtype) && std::abs(std::frexp(n.value, &exponent)) == 0.5 && std::abs(exponent) < 126;
  }

  // ---- dependences of a node

  Mask maskOf(const Access& a) const {
    Mask m = 0;
    for (int i = 0; i < int(k.space.size()); i++) if (a.strides[i] != 0) m |= bit(i);
    return m;
  }

  void dependencies() {
    std::vector<Mask> carried(k.carries.size(), 0);
    depends.assign(k.nodes.size(), 0);
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = 0; i < k.nodes.size(); i++) {
        const Node& n = k.nodes[i];
        Mask m = 0;
        if (n.op == Op::load) m = maskOf(k.loads[n.target]);
        else if (n.op == Op::index) m = bit(n.target);
        else if (n.op == Op::carry || n.op == Op::final) m = carried[n.target] | bit(k.time);
        else for (int a = 0; a < argumentsOf(n.op); a++) m |= depends[n.args[a]];
        depends[i] = m;
      }
      for (size_t c = 0; c < carried.size(); c++) {
        const Mask m = carried[c] | depends[k.carries[c].init] | depends[k.carries[c].next];
        changed |= m != carried[c];
        carried[c] = m;
      }
    }
  }

  void markUsed() {
    used.assign(k.nodes.size(), false);
    for (const Store& s : k.stores) used[s.node] = true;
    // Follows a carry if a node reads it.
    std::vector<bool> carryUsed(k.carries.size(), false);
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = k.nodes.size(); i-- > 0;) {
        if (!used[i]) continue;
        const Node& n = k.nodes[i];
        for (int a = 0; a < argumentsOf(n.op); a++) if (!used[n.args[a]]) used[n.args[a]] = changed = true;
        if ((n.op == Op::carry || n.op == Op::final) && !carryUsed[n.target]) {
          carryUsed[n.target] = changed = true;
          used[k.carries[n.target].init] = used[k.carries[n.target].next] = true;
        }
      }
    }
    carries.clear();
    for (size_t c = 0; c < carryUsed.size(); c++) if (carryUsed[c]) carries.push_back(int(c));
  }

  // ---- loops

  void chooseLoops() {
    const int rank = int(k.space.size());
    int lane = rank - 1;
    if (lane >= 0 && lane == k.time) lane = rank - 2;
    p.lanesFold = lane >= 0 && k.reduced[lane];
    const auto inTileGroup = [&](int a) { return a != k.time && k.reduced[a] == p.lanesFold; };
    if (lane >= 0) chooseH(lane);
    int64_t points = 1;
    for (int a = 0; a < rank; a++) if (inTileGroup(a) && a != p.hAxis) points *= k.space[a];
    int64_t target = tileTarget(points);
    // Puts inner axes into the tile whole as long as they fit, and splits the next one.
    p.tileAxes.clear();
    int64_t inside = 1;
    for (int a = rank; a-- > 0;) {
      if (!inTileGroup(a) || a == p.hAxis || k.space[a] == 0) continue;
      // Only adjacent axes: an axis outside of a fold or the time loop is another loop, but its points may still share
      // the tile.
      if (p.splitAxis >= 0) continue;
      p.tileAxes.insert(p.tileAxes.begin(), {a, k.space[a]});
      if (inside * k.space[a] <= target) {
        inside *= k.space[a];
        continue;
      }
      p.splitAxis = a;
      p.unit = inside;
      p.chunk = std::max<int64_t>(target / inside, 1);
      // Whole registers in every tile but the last.
      int64_t whole = int64_t(kLanes) / std::gcd(inside, int64_t(kLanes));
      if (p.chunk > whole) p.chunk -= p.chunk % whole;
    }
    if (p.splitAxis < 0) p.unit = inside, p.chunk = p.last = 1;
    else {
      const int64_t n = k.space[p.splitAxis];
      p.last = n - (n - 1) / p.chunk * p.chunk;
    }
    p.tilePoints = p.unit * p.chunk;
    for (int a = 0; a < rank; a++) {
      if (a == p.hAxis) continue;
      const bool split = a == p.splitAxis;
      const bool inTile = std::any_of(p.tileAxes.begin(), p.tileAxes.end(), [&](auto& t) { return t.first == a; });
      if (inTile && !split) continue;
      const int64_t n = split ? (k.space[a] + p.chunk - 1) / p.chunk : k.space[a];
      (a == k.time || k.reduced[a] ? p.steps : p.outer).push_back({n, a, split});
    }
    if (p.hAxis >= 0) p.h = k.space[p.hAxis];
    p.outerTasks = 1;
    for (const LoopAxis& l : p.outer) p.outerTasks *= l.n;
    for (int a = 0; a < rank; a++) if (k.space[a] == 0 && a != k.time && !k.reduced[a]) p.outerTasks = 0;
    p.stepCount = 1;
    for (const LoopAxis& l : p.steps) p.stepCount *= l.n;
    for (int a = 0; a < rank; a++) if (k.space[a] == 0 && k.reduced[a]) p.stepCount = 0;
    if (k.time >= 0) p.stepCount = k.space[k.time];
  }

  int64_t tileTarget(int64_t points) const {
    int64_t rows = int64_t(carries.size());
    size_t widest = 4;
    for (size_t i = 0; i < k.nodes.size(); i++) if (used[i]) {
      rows += costOf(k.nodes[i]) > 0;
      widest = std::max(widest, bytesOf(k.nodes[i].dtype));
    }
    rows = std::clamp<int64_t>(rows, 8, 24);
    int64_t target = std::clamp<int64_t>(kRowBytes / (rows * int64_t(widest)), kLeastTile, kMostTile);
    target = std::max<int64_t>(target / 64 * 64, 64);
    if (alone_) return target;
    // Enough tiles for several threads to share.
    return std::min(target, std::max<int64_t>(kLeastTile, (points / 8 + 63) / 64 * 64));
  }

  // Chooses an axis, such as the directions, along which much of the work is invariant and can be done once.
  void chooseH(int lane) {
    // A store may fold although no reduced axis is left: those of length 1 were removed.
    if (std::any_of(k.stores.begin(), k.stores.end(), [](const Store& s) { return s.reduce != Reduce::none; })) return;
    if (p.lanesFold || std::any_of(k.reduced.begin(), k.reduced.end(), [](bool r) { return r; })) return;
    double best = 0.8;
    for (int a = 0; a < int(k.space.size()); a++) {
      if (a == lane || a == k.time || k.space[a] < 2 || k.space[a] > 1024) continue;
      int64_t rest = 1;
      for (int b = 0; b < int(k.space.size()); b++) if (b != a && b != k.time) rest *= k.space[b];
      if (rest < 64) continue;
      const double tile = std::min<double>(double(rest), 512), small = 6 / (tile / 16), plain = 6 / 32.0;
      double with = 0, without = 0;
      for (size_t i = 0; i < k.nodes.size(); i++) {
        if (!used[i] || depends[i] == 0) continue;
        const double c = costOf(k.nodes[i]);
        if (c == 0) continue;
        without += c + plain;
        with += (c + small) / (depends[i] & bit(a) ? 1 : double(k.space[a]));
      }
      if (with < best * without) best = with / without, p.hAxis = a;
    }
  }

  // ---- accesses

  void describeAccesses() {
    eachAccess([&](Access& a) {
      AccessProgram x;
      x.bytes = bytesOf(a.dtype);
      const int64_t bytes = int64_t(x.bytes);
      x.offset = a.offset * bytes;
      const auto along = [&](const LoopAxis& l) { return a.strides[l.axis] * bytes * (l.split ? p.chunk : 1); };
      for (const LoopAxis& l : p.outer) x.outer.push_back(along(l));
      for (const LoopAxis& l : p.steps) x.steps.push_back(along(l));
      if (p.hAxis >= 0) x.h = a.strides[p.hAxis] * bytes;
      x.walk = walkOf(a);
      p.accesses.push_back(std::move(x));
    });
  }

  Walk walkOf(const Access& a) const {
    Walk w;
    for (size_t i = 0; i < p.tileAxes.size(); i++) {
      const auto [axis, n] = p.tileAxes[i];
      const int64_t length = axis == p.splitAxis ? p.chunk : n, stride = a.strides[axis];
      if (length == 1) continue;
      if (!w.axes.empty()) {
        Walk::Axis& outer = w.axes.back();
        if (outer.stride == stride * length) {
          outer = {outer.n * length, stride};
          continue;
        }
      }
      w.axes.push_back({length, stride});
    }
    if (w.axes.empty()) w.axes.push_back({1, 1});
    w.contiguous = w.axes.size() == 1 && (w.axes[0].stride == 1 || w.axes[0].n == 1);
    return w;
  }

  // ---- levels

  void levels() {
    Mask stepMask = 0;
    for (const auto& [axis, n] : p.tileAxes) tileMask |= bit(axis);
    for (const LoopAxis& l : p.steps) stepMask |= bit(l.axis);
    const Mask hMask = p.hAxis >= 0 ? bit(p.hAxis) : 0;
    level.assign(k.nodes.size(), CALL);
    for (size_t i = 0; i < k.nodes.size(); i++) {
      const bool perH = depends[i] & hMask;
      if (k.stages[i] == Stage::after) level[i] = perH ? END_H : END;
      else if (k.stages[i] == Stage::each || (k.time < 0 && (depends[i] & stepMask))) level[i] = perH ? STEP_H : STEP;
      else level[i] = depends[i] == 0 ? CALL : perH ? TILE_H : TILE;
    }
  }

  const bool alone_;
};

}  // namespace

ShapedKernel shapeKernel(const Kernel& kernel, bool alone) { return Shaper(kernel, alone).shape(); }

}  // namespace spikeward
