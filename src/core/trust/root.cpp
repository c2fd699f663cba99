#include "core/trust/root.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <ranges>
#include <unordered_set>

#include "core/crypto/digest.hpp"
#include "core/text/display.hpp"

namespace blc::trust {

namespace {

constexpr std::size_t kMostVendors = 64;
constexpr std::size_t kMostLosses = 64;
constexpr std::size_t kLongestFullName = 100;  // bytes

std::string_view to_string(PrincipalKind kind) { return kind == PrincipalKind::person ? "person" : "service"; }

text::Json::Array to_array(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

text::Json to_json(const Principal& principal) {
  text::Json::Array keys;
  for (const auto& key : principal.keys) keys.emplace_back(key.line());
  text::Json::Array environments;
  for (const auto environment : principal.environments) environments.emplace_back(blc::to_string(environment));
  text::Json::Object json{{"name", principal.name},
                          {"kind", to_string(principal.kind)},
                          {"roles", to_array(principal.roles)},
                          {"keys", keys},
                          {"environments", environments}};
  text::Json::Array attestations;
  for (const auto& attestation : principal.attestations) {
    attestations.emplace_back(text::Json::Object{{"key", attestation.key.line()},
                                                 {"statement", crypto::base64(attestation.statement)},
                                                 {"challenge", crypto::base64(attestation.challenge)},
                                                 {"vendor", attestation.vendor.hex()}});
  }
  if (!attestations.empty()) json.emplace("attestations", std::move(attestations));
  if (!principal.full_name.empty()) json.emplace("full_name", principal.full_name);
  return json;
}

std::unexpected<Error> malformed(std::string_view what) {
  return fail(Exit::ledger, fmt::format("{} in the root is malformed", what));
}

Result<std::string> read_base64(text::Fields& fields, std::string_view name, std::size_t most) {
  const auto text = fields.string(name);
  auto bytes = text.size() > 2 * most ? std::nullopt : crypto::from_base64(text);
  if (!bytes || bytes->size() > most || crypto::base64(*bytes) != text) return malformed(name);
  return *std::move(bytes);
}

Result<Attestation> read_attestation(const text::Json& json, crypto::Points points) {
  text::Fields fields(json, "attestation");
  const auto line = fields.string("key");
  BLC_TRY(auto statement, read_base64(fields, "statement", crypto::kMostAttestation));
  BLC_TRY(auto challenge, read_base64(fields, "challenge", crypto::kMostChallenge));
  const auto vendor = Digest::parse_hex(fields.string("vendor"));
  BLC_CHECK(fields.finish());
  BLC_TRY(auto key, crypto::PublicKey::parse_line(line, points));
  if (key.line() != line || !vendor) return malformed("an attestation");
  return Attestation{std::move(key), std::move(statement), std::move(challenge), *vendor};
}

// Lists that are left out when they are empty, and so are never empty where they stand.
template <class Read>
Result<> read_optional(text::Fields& fields, std::string_view name, Read read) {
  if (!fields.has(name)) return {};
  const auto& list = fields.array(name);
  if (list.empty()) return malformed(name);
  for (const auto& element : list) BLC_CHECK(read(element));
  return {};
}

Result<Principal> read_principal(const text::Json& json, crypto::Points points) {
  text::Fields fields(json, "principal");
  Principal principal;
  principal.name = fields.string("name");
  const auto kind = fields.string("kind");
  if (kind != "person" && kind != "service") fields.fault("kind", "is neither person nor service");
  principal.kind = kind == "person" ? PrincipalKind::person : PrincipalKind::service;
  principal.roles = fields.strings("roles");
  const auto keys = fields.strings("keys");
  const auto environments = fields.strings("environments");
  BLC_CHECK(read_optional(fields, "attestations", [&](const text::Json& element) -> Result<> {
    BLC_TRY(auto attestation, read_attestation(element, points));
    principal.attestations.push_back(std::move(attestation));
    return {};
  }));
  if (fields.has("full_name")) {
    principal.full_name = fields.string("full_name");
    if (principal.full_name.empty()) return malformed("full_name");
  }
  BLC_CHECK(fields.finish());
  for (const auto& line : keys) {
    BLC_TRY(auto key, crypto::PublicKey::parse_line(line, points));
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

Result<> check_attested_keys(const Principal& principal, const std::vector<crypto::VendorCertificate>& vendors) {
  std::set<crypto::PublicKey> seen;
  for (const auto& [key, statement, challenge, vendor] : principal.attestations) {
    if (!principal.holds(key) || !key.hardware() || !seen.insert(key).second)
      return fail(Exit::usage, fmt::format("{}: an attestation is of no security key of theirs, or there twice", principal.name));
    if (std::ranges::find(vendors, vendor, &crypto::VendorCertificate::fingerprint) == vendors.end())
      return fail(Exit::usage, fmt::format("{}: the maker who attested a key is not pinned", principal.name));
  }
  return {};
}

Result<> check_vendors(const std::vector<crypto::VendorCertificate>& vendors) {
  if (vendors.size() > kMostVendors) return fail(Exit::usage, fmt::format("at most {} makers can be pinned", kMostVendors));
  for (auto vendor = vendors.begin(); vendor != vendors.end(); ++vendor) {
    if (std::find(std::next(vendor), vendors.end(), *vendor) != vendors.end())
      return fail(Exit::usage, "this maker's certificate is pinned already");
  }
  return {};
}

Result<> check_losses(const std::vector<Loss>& losses) {
  if (losses.size() > kMostLosses) return fail(Exit::usage, fmt::format("at most {} losses can be listed", kMostLosses));
  if (std::ranges::any_of(losses, [](const auto& loss) { return loss.kept >= loss.size; }))
    return fail(Exit::usage, "a loss leaves fewer entries than there were");
  return {};
}

// Shown beside signatures as it stands.
bool is_full_name(const std::string& name) { return name.size() <= kLongestFullName && text::plain(name); }

Result<> check_principal(const Principal& principal) {
  const auto refuse = [&](std::string_view what) {
    return fail(Exit::usage, fmt::format("{}: {}", principal.name, what));
  };
  if (!is_name(principal.name)) return fail(Exit::usage, "a name is a-z, 0-9 and '-', at most 32, a letter first");
  if (!is_full_name(principal.full_name)) return refuse("has a full name that is longer than 100 bytes or no plain text");
  if (principal.keys.empty()) return refuse("needs a key");
  if (principal.roles.empty()) return refuse("needs a role");
  auto roles = principal.roles;
  std::ranges::sort(roles);
  if (std::ranges::adjacent_find(roles) != roles.end()) return refuse("has a role twice");
  if (!std::ranges::all_of(roles, [](const auto& role) { return is_name(role); })) return refuse("has a malformed role");
  const bool person = principal.kind == PrincipalKind::person;
  const bool executor = principal.has_role(kExecutorRole);
  if (person && (executor || principal.has_role(kCiRole))) return refuse("executor and ci are roles of services");
  if (!person && principal.changes_root()) return refuse("a service is no admin");
  if (principal.has_role(kRecoveryRole) && roles.size() > 1) return refuse("the recovery key has no other role");
  if (executor == principal.environments.empty()) return refuse("executors, and only they, have environments");
  return {};
}

}  // namespace

bool Principal::has_role(std::string_view role) const { return std::ranges::find(roles, role) != roles.end(); }
const Attestation* Principal::attestation(const crypto::PublicKey& key) const {
  const auto found = std::ranges::find(attestations, key, &Attestation::key);
  return found == attestations.end() ? nullptr : &*found;
}
bool Principal::holds(const crypto::PublicKey& key) const { return std::ranges::find(keys, key) != keys.end(); }

Result<Root> Root::make(RootContent content) {
  BLC_CHECK(check_vendors(content.vendors));
  BLC_CHECK(check_losses(content.losses));
  std::unordered_set<std::string_view> names;
  std::unordered_set<std::string_view> keys;
  std::uint64_t admins = 0;
  for (const auto& principal : content.principals) {
    BLC_CHECK(check_principal(principal));
    BLC_CHECK(check_attested_keys(principal, content.vendors));
    if (!names.insert(principal.name).second)
      return fail(Exit::usage, principal.name + " is enrolled already",
                  "blc trust show tells how; blc trust set-role and blc trust rotate change roles and key");
    for (const auto& key : principal.keys) {
      if (!keys.insert(key.point()).second)
        return fail(Exit::usage, fmt::format("{}: this key is enrolled already", principal.name),
                    "every person needs a key of their own: blc key new");
    }
    admins += principal.has_role(kAdminRole) ? 1U : 0U;
  }
  if (content.version == 0) return fail(Exit::ledger, "a root's version starts at 1");
  if (content.admin_threshold == 0) return fail(Exit::usage, "at least one admin must sign a change");
  if (admins < content.admin_threshold)
    return fail(Exit::usage, admins == 0 ? std::string("no admin would be left")
                                         : fmt::format("{} of the {} admins who must sign a change would be left", admins,
                                                       content.admin_threshold),
                "enrol another admin first: blc trust add NAME --key FILE.pub --role admin");
  Root root;
  root.content_ = std::move(content);
  const auto& principals = root.content_.principals;
  root.by_name_.resize(principals.size());
  std::ranges::copy(std::views::iota(std::size_t{0}, principals.size()), root.by_name_.begin());
  std::ranges::sort(root.by_name_, {}, [&](auto place) -> const auto& { return principals[place].name; });
  return root;
}

Result<Root> Root::next(const std::function<void(RootContent&)>& change) const {
  auto content = content_;
  change(content);
  content.version = content_.version + 1;
  return make(std::move(content));
}

Result<Root> Root::from_json(const text::Json& body, crypto::Points points) {
  text::Fields fields(body, "root");
  const auto version = fields.natural("version");
  const auto threshold = fields.natural("admin_threshold");
  const auto& list = fields.array("principals");
  const auto& voids = fields.array("known_void");
  std::vector<crypto::VendorCertificate> vendors;
  BLC_CHECK(read_optional(fields, "vendors", [&](const text::Json& element) -> Result<> {
    const auto* const text = element.get_if<std::string>();
    const auto der = text == nullptr ? std::nullopt : crypto::from_base64(*text);
    if (!der || crypto::base64(*der) != *text) return malformed("a maker's certificate");
    BLC_TRY(auto vendor, crypto::VendorCertificate::parse_der(*der));
    vendors.push_back(std::move(vendor));
    return {};
  }));
  std::optional<Timestamp> expires;
  if (fields.has("expires")) expires = fields.as("expires", parse_timestamp);
  std::vector<Loss> losses;
  BLC_CHECK(read_optional(fields, "losses", [&](const text::Json& element) -> Result<> {
    text::Fields loss(element, "loss");
    losses.push_back({loss.natural("kept"), loss.natural("size"), loss.as("root", Digest::parse_hex)});
    return loss.finish();
  }));
  BLC_CHECK(fields.finish());
  std::vector<Principal> principals;
  principals.reserve(list.size());
  for (const auto& element : list) {
    BLC_TRY(auto principal, read_principal(element, points));
    principals.push_back(std::move(principal));
  }
  std::set<std::uint64_t> known;
  for (const auto& element : voids) {
    const auto* const index = element.get_if<std::int64_t>();
    if (index == nullptr || *index < 0 || !known.insert(static_cast<std::uint64_t>(*index)).second)
      return fail(Exit::ledger, "malformed list of void entries in the root");
  }
  return make({version, threshold, std::move(principals), std::move(known), std::move(vendors), expires, std::move(losses)});
}

text::Json Root::to_json() const {
  text::Json::Array principals;
  for (const auto& principal : content_.principals) principals.push_back(trust::to_json(principal));
  text::Json::Object json{{"version", content_.version},
                          {"admin_threshold", content_.admin_threshold},
                          {"principals", principals},
                          {"known_void", text::Json::Array(content_.known_void.begin(), content_.known_void.end())}};
  if (content_.expires) json.emplace("expires", blc::to_string(*content_.expires));
  text::Json::Array vendors;
  for (const auto& vendor : content_.vendors) vendors.emplace_back(crypto::base64(vendor.der()));
  if (!vendors.empty()) json.emplace("vendors", std::move(vendors));
  text::Json::Array losses;
  for (const auto& loss : content_.losses)
    losses.emplace_back(text::Json::Object{{"kept", loss.kept}, {"size", loss.size}, {"root", loss.root.hex()}});
  if (!losses.empty()) json.emplace("losses", std::move(losses));
  return json;
}

Result<> check_attestations(const Root& root, const Root* before, Timestamp time) {
  for (const auto& principal : root.principals()) {
    for (const auto& attestation : principal.attestations) {
      const auto* const owner = before == nullptr ? nullptr : before->owner(attestation.key);
      const auto* const known = owner == nullptr ? nullptr : owner->attestation(attestation.key);
      if (known != nullptr && *known == attestation) continue;
      const auto vendor = crypto::check_attestation(attestation.statement, attestation.challenge, attestation.key,
                                                    root.vendors(), time);
      if (!vendor) return fail(vendor.error().code, fmt::format("{}: {}", principal.name, vendor.error().message));
      if (*vendor != attestation.vendor)
        return fail(Exit::authentication, principal.name + ": the attestation leads to another maker than it names");
    }
  }
  return {};
}

std::vector<NewAdminKey> new_admin_keys(const Root& current, const Root& next) {
  std::vector<NewAdminKey> keys;
  for (const auto& principal : next.principals()) {
    if (!principal.changes_root()) continue;
    const auto* const before = current.find(principal.name);
    for (const auto& key : principal.keys) {
      if (before == nullptr || !before->changes_root() || !before->holds(key)) keys.push_back({principal.name, key});
    }
  }
  return keys;
}

const Principal* Root::find(std::string_view name) const {
  const auto name_at = [&](auto place) { return std::string_view(content_.principals[place].name); };
  const auto found = std::ranges::lower_bound(by_name_, name, {}, name_at);
  return found == by_name_.end() || name_at(*found) != name ? nullptr : &content_.principals[*found];
}

const Principal* Root::owner(const crypto::PublicKey& key) const {
  const auto found = std::ranges::find_if(content_.principals, [&](const auto& principal) { return principal.holds(key); });
  return found == content_.principals.end() ? nullptr : &*found;
}

const Principal* Root::executor(Environment environment) const {
  const auto found = std::ranges::find_if(
      content_.principals, [&](const auto& principal) { return principal.environments.contains(environment); });
  return found == content_.principals.end() ? nullptr : &*found;
}

}  // namespace blc::trust
