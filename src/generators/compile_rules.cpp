// compile_rules FILE: prints the C++ table of the rules in FILE, for src/core/shipped. Run by the build. Rules that cannot
// be read end the build, with file and line.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/tier/rules.hpp"

namespace {

using blc::tier::Rules;
using blc::tier::Tier;

constexpr std::string_view kEnd = ")blc\"";

std::string text(std::string_view words) { return fmt::format("R\"blc({}{}", words, kEnd); }
// The enumerators are called what the file calls them, with _ for -.
std::string enumerator(std::string_view type, std::string_view name) {
  auto named = fmt::format("tier::{}::{}", type, name);
  for (auto& c : named) {
    if (c == '-') c = '_';
  }
  return named;
}
std::string array_of(std::string_view type, std::string_view name, std::size_t count, std::string_view elements) {
  return fmt::format("constexpr std::array<{}, {}> {}{{{{\n{}}}}};\n\n", type, count, name, elements);
}

// Lists stand one after the other in one array of their own; a row says where its own begins, and how long it is.
class Lists {
 public:
  explicit Lists(std::string_view name) : name_(name) {}

  template <class Each, class Show>
  std::string add(const Each& list, const Show& show) {
    const auto first = count_;
    for (const auto& each : list) {
      elements_ += fmt::format("  {},\n", show(each));
      ++count_;
    }
    return first == count_ ? "{}" : fmt::format("std::span({}).subspan({}, {})", name_, first, count_ - first);
  }
  [[nodiscard]] std::string array(std::string_view type) const { return array_of(type, name_, count_, elements_); }

 private:
  std::string_view name_;
  std::string elements_;
  std::size_t count_ = 0;
};

class Table {
 public:
  explicit Table(const Rules& rules) : rules_(rules) {}

  std::string print(std::string_view file) {
    std::string features;
    for (const auto& each : rules_.features) features += fmt::format("  {{{}, {}, {}}},\n", text(each.name), text(each.setting), tiers(each.tiers));
    std::string rows;
    for (const auto& each : rules_.rules) rows += row(each);
    const auto asked = rules_.probes ? probes(*rules_.probes) : "std::nullopt";
    return "// Written by src/generators/compile_rules.cpp when blc is built.\n#include \"core/shipped/rules.hpp\"\n\n#include <array>\n\n"
           "namespace blc::shipped {\n\nnamespace {\n\n" +
           tiers_.array("tier::Tier") + words_.array("std::string_view") + hosts_.array("HostsRow") +
           array_of("FeatureRow", "kFeatures", rules_.features.size(), features) + array_of("RuleRow", "kRows", rules_.rules.size(), rows) + "}  // namespace\n\n" +
           fmt::format("const RulesTable kRules{{\n  {},\n  {},\n  kFeatures,\n  {},\n  kRows,\n}};\n\n", text(file), text(rules_.prefix), asked) +
           "}  // namespace blc::shipped\n";
  }

 private:
  std::string tiers(const std::set<Tier>& all) {
    return tiers_.add(all, [](Tier each) { return enumerator("Tier", to_string(each)); });
  }
  std::string words(const std::vector<std::string>& all) { return words_.add(all, text); }

  std::string probes(const blc::tier::Probes& asked) {
    const auto hosts = hosts_.add(asked.hosts, [this](const auto& each) { return fmt::format("{{{}, {}}}", enumerator("Tier", to_string(each.first)), words(each.second)); });
    return fmt::format("ProbesRow{{{}, {}, ports::TlsVersion::{}, {}, {}, {}}}", text(asked.setting), text(asked.health),
                       asked.tls == blc::ports::TlsVersion::v1_3 ? "v1_3" : "v1_2", asked.certificate_days, asked.hsts_seconds, hosts);
  }

  std::string row(const blc::tier::Rule& each) {
    return fmt::format("  {{{}, {}, {}, {}, {},\n   {}, {}, {}, {},\n   {}, {}, {}, {},\n   {},\n   {}, {}}},\n",
                       text(each.id), enumerator("Family", to_string(each.family)), enumerator("Check", to_string(each.check)), enumerator("Severity", to_string(each.severity)), each.line,
                       tiers(each.tiers), words(each.settings), words(each.except), words(each.words),
                       words(each.parameters), text(each.list), each.least, each.most, text(each.message), text(each.remedy), each.required);
  }

  const Rules& rules_;
  Lists tiers_{"kTiers"};
  Lists words_{"kWords"};
  Lists hosts_{"kHosts"};
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    fmt::print(stderr, "usage: compile_rules FILE\n");
    return EXIT_FAILURE;
  }
  std::ifstream stream(arguments[1], std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(stream), {}};
  const auto rules = Rules::load(file, arguments[1]);
  if (!rules) {
    fmt::print(stderr, "{}\n", rules.error().message);
    return EXIT_FAILURE;
  }
  if (file.find(kEnd) != std::string::npos) {
    fmt::print(stderr, "{}: expected a text without {}\n", arguments[1], kEnd);
    return EXIT_FAILURE;
  }
  fmt::print("{}", Table(*rules).print(file));
  return EXIT_SUCCESS;
}
