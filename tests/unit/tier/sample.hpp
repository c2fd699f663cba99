// The sample application of fixtures/tiers, held against the rules that are shipped.
#pragma once
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/tier/dotenv.hpp"
#include "core/tier/report.hpp"

namespace blc::tier {

constexpr auto kToday = std::chrono::year(2026) / 11 / 26;

inline std::string file_of(const std::string& path) {
  const std::ifstream file(std::filesystem::path(BLC_SOURCE_DIR) / path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

inline const Rules& shipped() {
  static const auto rules = Rules::load(file_of("policies/tiers.yaml"), std::string(Rules::kPath));
  if (!rules) throw std::runtime_error(rules.error().message);
  return *rules;
}

inline Configuration configured(const std::string& text) {
  Configuration configuration;
  const Variables none = [](const std::string&) { return std::nullopt; };
  const ReadFile nothing = [](const std::string&) { return fail(Exit::usage, "no file"); };
  const auto read = read_dotenv(text, "x.env", {configuration, none, nothing, "APP_"});
  if (!read) throw std::runtime_error(read.error().message);
  return configuration;
}

inline std::string fixture(Tier tier) { return file_of(fmt::format("fixtures/tiers/{}.env", to_string(tier))); }

// The text without the lines that set the name, and with one that sets it to the value.
inline std::string with(const std::string& text, const std::string& name, const std::optional<std::string>& value) {
  std::string made;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name + "=")) made += line + "\n";
  }
  return value ? made + name + "=" + *value + "\n" : made;
}

struct Asked {
  Tier from = Tier::staging;
  Tier to = Tier::production;
  std::string lower = fixture(Tier::staging);
  std::string image{};  // of what runs
  std::string lower_image{};
  std::string waivers = "waivers: []";
  std::optional<Baseline> baseline = std::nullopt;
  std::optional<std::vector<Recorded>> recorded = std::nullopt;
  std::optional<Probed> probed = std::nullopt;
};

inline Report report_on(const std::string& text, const Asked& asked = {}) {
  auto configuration = configured(text);
  auto lower = configured(asked.lower);
  if (!asked.image.empty()) configuration.set_image(Secret::copy(asked.image), {"k.yaml", 7});
  if (!asked.lower_image.empty()) lower.set_image(Secret::copy(asked.lower_image), {"k.yaml", 7});
  const auto waivers = Waivers::load(asked.waivers, "w.yaml", shipped());
  if (!waivers) throw std::runtime_error(waivers.error().message);
  const auto salt = Secret::copy("salt");
  return validate({.rules = shipped(), .waivers = *waivers, .from = asked.from, .to = asked.to, .configuration = configuration, .lower = &lower,
                   .own_environment = false, .place = "x.env", .today = kToday, .salt = salt, .baseline = asked.baseline, .recorded = asked.recorded, .probed = asked.probed});
}

// "BLC-TIER-003 APP_VAULT_URL", of those that did not pass.
inline std::vector<std::string> faults(const Report& report) {
  std::vector<std::string> found;
  for (const auto& each : report.findings) {
    if (each.status == Status::fail || each.status == Status::warn) found.push_back(each.rule + " " + each.subject);
  }
  return found;
}

// From the tier below; to development, from the one above.
inline Asked way_to(Tier tier) {
  const auto from = tier == Tier::development ? Tier::integration : static_cast<Tier>(static_cast<int>(tier) - 1);
  return {.from = from, .to = tier, .lower = fixture(from)};
}

}  // namespace blc::tier
