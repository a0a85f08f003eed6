#include "kernel/kernelProgram.hpp"

#include <algorithm>
#include <map>

namespace spikeward {

void assignRows(KernelProgram& p, const std::vector<int>& dedicated, const std::vector<size_t>& classes) {
  const size_t count = p.places.size();
  std::vector<int> first(count, -1), last(count, -1), firstList(count, 0);
  int listEnd[kLevels], position = 0;
  // A constant is written once for the whole call, not by the first list that reads it.
  for (const auto& [place, bytes] : p.constants) first[place] = 0, firstList[place] = CALL;
  std::vector<std::pair<const Instruction*, int>> order;
  for (int l = 0; l < kLevels; l++) {
    for (const Instruction& i : p.lists[l]) {
      order.push_back({&i, l});
      for (int place : {i.r, i.x, i.y, i.z}) {
        if (first[place] < 0) first[place] = position, firstList[place] = l;
        last[place] = position;
      }
      position++;
    }
    listEnd[l] = position;
  }
  const auto perH = [](int l) { return l == TILE_H || l == STEP_H || l == END_H; };
  std::vector<bool> fixed(count, false);
  for (int d : dedicated) fixed[d] = true;
  for (const auto& [i, l] : order) {
    for (int place : {i->r, i->x, i->y, i->z}) {
      const int from = firstList[place];
      if (l == from) continue;
      if (from == CALL) fixed[place] = true;
      // Every iteration of the inner loop needs it again.
      if (perH(from)) fixed[place] = p.places[place].perH = true;
      if (from < STEP && l >= STEP && l <= UPDATE) last[place] = std::max(last[place], listEnd[UPDATE] - 1);
      if (perH(l)) last[place] = std::max(last[place], listEnd[l] - 1);
    }
  }
  size_t end = 0;
  const auto take = [&](size_t bytes) {
    const size_t at = end;
    end += (bytes + 63) / 64 * 64;
    return at;
  };
  for (size_t i = 0; i < count; i++) {
    if (fixed[i]) p.places[i].offset = take(p.places[i].bytes * (p.places[i].perH ? size_t(p.h) : 1));
  }
  std::map<size_t, std::vector<size_t>> free;  // by class
  std::vector<std::vector<int>> ending(size_t(position) + 1);
  for (size_t i = 0; i < count; i++) if (!fixed[i] && first[i] >= 0) ending[size_t(last[i])].push_back(int(i));
  std::vector<bool> released(count, false);
  const auto release = [&](int place) {
    if (released[place]) return;
    released[place] = true;
    free[classes[place]].push_back(p.places[place].offset);
  };
  for (int at = 0; at < position; at++) {
    const Instruction& i = *order[at].first;
    // The result may reuse the row of an operand whose last use is here, if both have elements of one size.
    for (int place : {i.x, i.y, i.z}) {
      if (!fixed[place] && last[place] == at && first[place] < at && classes[place] == classes[i.r]) release(place);
    }
    if (!fixed[i.r] && first[i.r] == at) {
      auto& rows = free[classes[i.r]];
      p.places[i.r].offset = rows.empty() ? take(p.places[i.r].bytes) : rows.back();
      if (!rows.empty()) rows.pop_back();
    }
    for (int place : ending[at]) release(place);
  }
  p.scratchBytes = end + 64;
}

}  // namespace spikeward
