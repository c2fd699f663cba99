#include "core/trust/root.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace blc::trust {

namespace {

std::string_view to_string(PrincipalKind kind) { return kind == PrincipalKind::person ? "person" : "service"; }

text::Json::Array to_array(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

text::Json to_json(const Principal& principal) {
  text::Json::Array keys;
  for (const auto& key : principal.keys) keys.emplace_back(key.line());
  text::Json::Array environments;
  for (const auto environment : principal.environments) environments.emplace_back(blc::to_string(environment));
  return text::Json::Object{{"name", principal.name},
                            {"kind", to_string(principal.kind)},
                            {"roles", to_array(principal.roles)},
                            {"keys", keys},
                            {"environments", environments}};
}

Result<Principal> read_principal(const text::Json& json) {
  text::Fields fields(json, "principal");
  Principal principal;
  principal.name = fields.string("name");
  const auto kind = fields.string("kind");
  if (kind != "person" && kind != "service") fields.fault("kind", "is neither person nor service");
  principal.kind = kind == "person" ? PrincipalKind::person : PrincipalKind::service;
  principal.roles = fields.strings("roles");
  const auto keys = fields.strings("keys");
  const auto environments = fields.strings("environments");
  BLC_CHECK(fields.finish());
  for (const auto& line : keys) {
    BLC_TRY(auto key, crypto::PublicKey::parse_line(line));
    if (key.line() != line) return fail(Exit::ledger, "a key in the root is not in its canonical form");
    principal.keys.push_back(std::move(key));
  }
  for (const auto& name : environments) {
    const auto environment = parse_environment(name);
    if (!environment || !principal.environments.insert(*environment).second)
      return fail(Exit::ledger, "unknown or repeated environment in the root");
  }
  return principal;
}

Result<> check_principal(const Principal& principal) {
  const auto refuse = [&](std::string_view what) {
    return fail(Exit::usage, fmt::format("{}: {}", principal.name, what));
  };
  if (!is_name(principal.name)) return fail(Exit::usage, "a name is a-z, 0-9 and '-', at most 32, a letter first");
  if (principal.keys.empty()) return refuse("needs a key");
  if (principal.roles.empty()) return refuse("needs a role");
  auto roles = principal.roles;
  std::ranges::sort(roles);
  if (std::ranges::adjacent_find(roles) != roles.end()) return refuse("has a role twice");
  if (!std::ranges::all_of(roles, [](const auto& role) { return is_name(role); })) return refuse("has a malformed role");
  const bool person = principal.kind == PrincipalKind::person;
  const bool executor = principal.has_role(kExecutorRole);
  if (person && (executor || principal.has_role(kCiRole))) return refuse("executor and ci are roles of services");
  if (!person && principal.has_role(kAdminRole)) return refuse("a service is no admin");
  if (executor == principal.environments.empty()) return refuse("executors, and only they, have environments");
  return {};
}

}  // namespace

bool Principal::has_role(std::string_view role) const { return std::ranges::find(roles, role) != roles.end(); }
bool Principal::holds(const crypto::PublicKey& key) const { return std::ranges::find(keys, key) != keys.end(); }

Result<Root> Root::make(std::uint64_t version, std::uint64_t admin_threshold, std::vector<Principal> principals,
                        std::set<std::uint64_t> known_void) {
  std::set<std::string> names;
  std::set<crypto::PublicKey> keys;
  std::uint64_t admins = 0;
  for (const auto& principal : principals) {
    BLC_CHECK(check_principal(principal));
    if (!names.insert(principal.name).second) return fail(Exit::usage, principal.name + " is enrolled already");
    for (const auto& key : principal.keys) {
      if (!keys.insert(key).second)
        return fail(Exit::usage, fmt::format("{}: this key is enrolled already", principal.name),
                    "every person needs a key of their own: blc key new");
    }
    admins += principal.has_role(kAdminRole) ? 1U : 0U;
  }
  if (version == 0) return fail(Exit::ledger, "a root's version starts at 1");
  if (admin_threshold == 0 || admins < admin_threshold)
    return fail(Exit::usage, admins == 0 ? std::string("no admin would be left")
                                         : fmt::format("{} of the {} admins who must sign a change would be left", admins,
                                                       admin_threshold),
                "enrol another admin first: blc trust add NAME --key FILE.pub --role admin");
  Root root;
  root.version_ = version;
  root.admin_threshold_ = admin_threshold;
  root.principals_ = std::move(principals);
  root.known_void_ = std::move(known_void);
  return root;
}

Result<Root> Root::from_json(const text::Json& body) {
  text::Fields fields(body, "root");
  const auto version = fields.natural("version");
  const auto threshold = fields.natural("admin_threshold");
  const auto& list = fields.array("principals");
  const auto& voids = fields.array("known_void");
  BLC_CHECK(fields.finish());
  std::vector<Principal> principals;
  for (const auto& element : list) {
    BLC_TRY(auto principal, read_principal(element));
    principals.push_back(std::move(principal));
  }
  std::set<std::uint64_t> known;
  for (const auto& element : voids) {
    const auto* const index = element.get_if<std::int64_t>();
    if (index == nullptr || *index < 0 || !known.insert(static_cast<std::uint64_t>(*index)).second)
      return fail(Exit::ledger, "malformed list of void entries in the root");
  }
  return make(version, threshold, std::move(principals), std::move(known));
}

text::Json Root::to_json() const {
  text::Json::Array principals;
  for (const auto& principal : principals_) principals.push_back(trust::to_json(principal));
  return text::Json::Object{{"version", version_},
                            {"admin_threshold", admin_threshold_},
                            {"principals", principals},
                            {"known_void", text::Json::Array(known_void_.begin(), known_void_.end())}};
}

const Principal* Root::find(std::string_view name) const {
  const auto found = std::ranges::find(principals_, name, &Principal::name);
  return found == principals_.end() ? nullptr : &*found;
}

const Principal* Root::owner(const crypto::PublicKey& key) const {
  const auto found = std::ranges::find_if(principals_, [&](const auto& principal) { return principal.holds(key); });
  return found == principals_.end() ? nullptr : &*found;
}

const Principal* Root::executor(Environment environment) const {
  const auto found = std::ranges::find_if(
      principals_, [&](const auto& principal) { return principal.environments.contains(environment); });
  return found == principals_.end() ? nullptr : &*found;
}

}  // namespace blc::trust
