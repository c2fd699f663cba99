// A closed vocabulary: each value with the one word that files, the ledger and screens have for it.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace blc {

template <class Value, std::size_t N>
using Names = std::array<std::pair<Value, std::string_view>, N>;

template <class Value, std::size_t N>
[[nodiscard]] std::string_view name_of(const Names<Value, N>& names, Value value) {
  return std::ranges::find(names, value, &std::pair<Value, std::string_view>::first)->second;
}

template <class Value, std::size_t N>
[[nodiscard]] std::optional<Value> value_of(const Names<Value, N>& names, std::string_view name) {
  const auto* const found = std::ranges::find(names, name, &std::pair<Value, std::string_view>::second);
  return found == names.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace blc
