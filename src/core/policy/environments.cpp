#include "core/policy/environments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "core/base/names.hpp"
#include "core/base/time.hpp"
#include "core/text/yaml.hpp"

namespace blc::policy {

namespace {

using text::Yaml;
using text::YamlFields;

constexpr Names<DataKind, 4> kKinds{
    {{DataKind::mock, "mock"}, {DataKind::synthetic, "synthetic"}, {DataKind::anonymised, "anonymised"}, {DataKind::real, "real"}}};
constexpr Names<AuditLevel, 4> kAudit{{{AuditLevel::basic, "basic"},
                                       {AuditLevel::full, "full"},
                                       {AuditLevel::comprehensive, "comprehensive"},
                                       {AuditLevel::immutable, "immutable"}}};
constexpr Names<EncryptionLevel, 3> kEncryption{
    {{EncryptionLevel::basic, "basic"}, {EncryptionLevel::standard, "standard"}, {EncryptionLevel::envelope, "envelope"}}};
constexpr Names<Control, 3> kControlNames{
    {{Control::audit_logging, "audit-logging"}, {Control::encryption, "encryption"}, {Control::phi_encryption, "phi-encryption"}}};

template <class Value, std::size_t N>
std::string listed(const Names<Value, N>& names) {
  std::vector<std::string_view> words;
  for (const auto& [value, name] : names) words.push_back(name);
  return fmt::format("{} or {}", fmt::join(words.begin(), words.end() - 1, ", "), words.back());
}

// Below this no file goes: the table "classification x environment" of requirements, section 1. The first kind of data is
// the one that blc keeps there, in data_directory().
struct Floor {
  std::vector<DataKind> data;
  bool network;
  AuditLevel audit;
  EncryptionLevel encryption;
};

const Floor& floor_of(Environment environment) {
  static const std::map<Environment, Floor> kFloors{
      {Environment::local, {{DataKind::mock}, false, AuditLevel::basic, EncryptionLevel::basic}},
      {Environment::integration,
       {{DataKind::synthetic, DataKind::mock}, true, AuditLevel::full, EncryptionLevel::standard}},
      {Environment::staging,
       {{DataKind::synthetic, DataKind::anonymised}, true, AuditLevel::full, EncryptionLevel::standard}},
      // It alone holds restricted data, "encrypted" (section 3).
      {Environment::production, {{DataKind::real}, true, AuditLevel::immutable, EncryptionLevel::envelope}}};
  return kFloors.at(environment);
}

constexpr std::size_t kMostHosts = 64;
constexpr std::size_t kLongestHost = 253;

// A full host name (RFC 1123) in lower case. The last label holds a letter, so it is no address: what an address leads to
// no reviewer can tell.
bool is_host(std::string_view text) {
  if (text.empty() || text.size() > kLongestHost) return false;
  std::string_view label;
  for (std::size_t from = 0; from <= text.size(); from += label.size() + 1) {
    label = text.substr(from, text.find('.', from) - from);
    const bool fine = !label.empty() && label.size() <= 63 && !label.starts_with('-') && !label.ends_with('-') &&
                      std::ranges::all_of(label, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
    if (!fine) return false;
  }
  return std::ranges::any_of(label, [](char c) { return c >= 'a' && c <= 'z'; });
}

// Reads what one environment is to be, and holds it against the floor.
class Reader {
 public:
  Reader(const Yaml& node, Environment environment)
      : fields_(node, std::string(Environments::kPath), "environment"), environment_(environment), floor_(floor_of(environment)) {}

  Result<EnvironmentTerms> read() {
    read_data();
    read_network();
    terms_.audit = level("audit", kAudit, floor_.audit);
    terms_.encryption = level("encryption", kEncryption, floor_.encryption);
    const auto& controls = fields_.required("controls");
    terms_.rto = span("rto");
    terms_.rpo = span("rpo");
    BLC_CHECK(fields_.finish());
    BLC_CHECK(read_controls(controls));
    return std::move(terms_);
  }

 private:
  [[nodiscard]] std::string_view here() const { return to_string(environment_); }

  const Yaml& keep(std::string_view name) {
    const auto& node = fields_.required(name);
    terms_.lines.insert_or_assign(std::string(name), node.mark.line);
    return node;
  }

  void read_data() {
    const auto& node = keep("data");
    if (node.kind != Yaml::Kind::list || node.list.empty())
      return fields_.fault(node.mark, fmt::format("expected a list of at least one kind of data, found {}", node.kind == Yaml::Kind::list ? "none" : found(node)));
    for (const auto& element : node.list) {
      const auto kind = element.kind == Yaml::Kind::scalar ? value_of(kKinds, element.scalar) : std::nullopt;
      if (!kind) return fields_.fault(element.mark, fmt::format("expected {}, found {}", listed(kKinds), found(element)));
      if (std::ranges::find(floor_.data, *kind) == floor_.data.end())
        return fields_.fault(element.mark, fmt::format("expected {} in {}, which takes no other data, found {}", floor_words(), here(), found(element)));
      if (!terms_.data.insert(*kind).second)
        return fields_.fault(element.mark, fmt::format("expected each kind of data once, found {} again", found(element)));
    }
    const auto kept = floor_.data.front();
    if (!terms_.data.contains(kept))
      fields_.fault(node.mark, fmt::format("expected {} among the data of {}: it is what {} holds", to_string(kept), here(), data_directory(environment_)));
  }
  [[nodiscard]] std::string floor_words() const {
    std::vector<std::string_view> words;
    for (const auto kind : floor_.data) words.push_back(to_string(kind));
    return fmt::format("{}", fmt::join(words, " or "));
  }

  void read_network() {
    const auto& node = keep("network");
    if (node.kind == Yaml::Kind::scalar && node.scalar == "none") return;
    if (!floor_.network) return fields_.fault(node.mark, fmt::format("expected none: {} reaches no network, found {}", here(), found(node)));
    if (node.kind != Yaml::Kind::list || node.list.size() > kMostHosts)
      return fields_.fault(node.mark, fmt::format("expected none, or a list of at most {} hosts, found {}", kMostHosts, node.kind == Yaml::Kind::list ? "more" : found(node)));
    for (const auto& element : node.list) {
      if (element.kind != Yaml::Kind::scalar || !is_host(element.scalar))
        return fields_.fault(element.mark, "expected a host's full name in lower case, such as llm.example.org, found " + found(element));
      if (std::ranges::find(terms_.hosts, element.scalar) != terms_.hosts.end())
        return fields_.fault(element.mark, fmt::format("expected each host once, found {} again", found(element)));
      terms_.hosts.push_back(element.scalar);
    }
  }

  template <class Level, std::size_t N>
  Level level(std::string_view key, const Names<Level, N>& names, Level least) {
    const auto& node = keep(key);
    const auto read = node.kind == Yaml::Kind::scalar ? value_of(names, node.scalar) : std::nullopt;
    if (!read) {
      fields_.fault(node.mark, fmt::format("expected {}, found {}", listed(names), found(node)));
    } else if (*read < least) {
      fields_.fault(node.mark, fmt::format("expected {} {} or more for {}, found {}", key, name_of(names, least), here(), found(node)));
    }
    return read.value_or(least);
  }

  std::chrono::seconds span(std::string_view key) {
    const auto& node = keep(key);
    const auto read = parse_duration(node.scalar);
    if (node.kind == Yaml::Kind::scalar && read && *read >= std::chrono::minutes(1) && *read <= std::chrono::days(30)) return *read;
    fields_.fault(node.mark, fmt::format("expected a time from 1m to 30d for \"{}\", found {}", key, found(node)));
    return {};
  }

  Result<> read_controls(const Yaml& node) {
    YamlFields fields(node, std::string(Environments::kPath), "controls");
    for (const auto& [control, name] : kControlNames) {
      const auto& member = fields.required(name);
      terms_.lines.insert_or_assign("controls." + std::string(name), member.mark.line);
      const bool on = fields.boolean_or(name, true);
      if (on) terms_.controls.insert(control);
      if (!on && environment_ != Environment::local)
        fields.fault(member.mark, fmt::format("expected true: outside local no setting switches {} off, found \"false\"", name));
    }
    return fields.finish();
  }

  YamlFields fields_;
  Environment environment_;
  const Floor& floor_;
  EnvironmentTerms terms_;
};

}  // namespace

std::string_view to_string(DataKind kind) { return name_of(kKinds, kind); }
std::string_view to_string(AuditLevel level) { return name_of(kAudit, level); }
std::string_view to_string(EncryptionLevel level) { return name_of(kEncryption, level); }
std::string_view to_string(Control control) { return name_of(kControlNames, control); }

std::string_view setting_of(Control control) {
  switch (control) {
    case Control::audit_logging: return "BLC_AUDIT_LOGGING";
    case Control::encryption: return "BLC_ENCRYPTION_ENABLED";
    case Control::phi_encryption: return "BLC_PHI_ENCRYPTION";
  }
  return "BLC_PHI_ENCRYPTION";
}

AuditLevel least_audit(Classification classification) {
  switch (classification) {
    case Classification::personal: return AuditLevel::basic;
    case Classification::business: return AuditLevel::full;
    case Classification::clinical: return AuditLevel::comprehensive;
  }
  return AuditLevel::comprehensive;
}

Result<Environments> Environments::load(std::string_view text) {
  const std::string file(kPath);
  BLC_TRY(const auto root, text::parse_yaml(text, file));
  YamlFields top(root, file, "file of environments");
  const auto& all = top.required("environments");
  BLC_CHECK(top.finish());
  YamlFields fields(all, file, "environments");
  std::vector<std::pair<Environment, const Yaml*>> nodes;
  for (const auto environment : kEnvironments) nodes.emplace_back(environment, &fields.required(to_string(environment)));
  BLC_CHECK(fields.finish());
  Environments environments;
  for (const auto& [environment, node] : nodes) {
    BLC_TRY(auto terms, Reader(*node, environment).read());
    environments.terms_.emplace(environment, std::move(terms));
  }
  return environments;
}

std::string Environments::source(Environment environment, std::string_view key) const {
  return fmt::format("{}:{}", kPath, at(environment).lines.at(std::string(key)));
}

AuditLevel Environments::audit(Environment environment, Classification classification) const {
  return std::max(at(environment).audit, least_audit(classification));
}

}  // namespace blc::policy
