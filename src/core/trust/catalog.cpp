#include "core/trust/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/crypto/digest.hpp"

namespace blc::trust {

namespace {

constexpr std::uint64_t kLargestFile = 1U << 20U;
constexpr std::size_t kLargestCatalog = 16U << 20U;

bool is_verb_file(std::string_view path) {
  return path.starts_with("verbs/") && path.ends_with(".yaml") && path.find('/', 6) == std::string_view::npos;
}

bool is_catalog_path(std::string_view path) {
  return (path.starts_with("verbs/") || path.starts_with("policies/")) && path.find("..") == std::string_view::npos;
}

Result<std::vector<verb::Verb>> load_verbs(const Catalog::Files& files) {
  std::vector<verb::Verb> verbs;
  for (const auto& [path, bytes] : files) {
    if (!is_verb_file(path)) continue;
    BLC_TRY(auto verb, verb::load(bytes, path));
    for (const auto& other : verbs) {
      // "report" and "report daily" could not both be typed.
      if (other.name == verb.name || other.name.starts_with(verb.name + ' ') || verb.name.starts_with(other.name + ' '))
        return fail(Exit::usage, fmt::format("{}: the verb \"{}\" clashes with \"{}\" of {}", path, verb.name,
                                             other.name, other.path));
    }
    verbs.push_back(std::move(verb));
  }
  return verbs;
}

}  // namespace

Result<Catalog> Catalog::make(std::uint64_t version, Files files) {
  if (version == 0) return fail(Exit::ledger, "a catalog's version starts at 1");
  std::size_t total = 0;
  for (const auto& [path, bytes] : files) {
    if (!is_catalog_path(path)) return fail(Exit::usage, path + " does not belong in a catalog");
    total += bytes.size();
  }
  if (total > kLargestCatalog) return fail(Exit::usage, "the catalog is larger than 16 MiB");
  Catalog catalog;
  catalog.version_ = version;
  catalog.files_ = std::move(files);
  for (const auto path : {policy::Policy::kApprovalsPath, policy::Policy::kAccessPath, policy::Environments::kPath, policy::DataClasses::kPath}) {
    if (!catalog.files_.contains(std::string(path))) return fail(Exit::usage, std::string(path) + " is missing");
  }
  BLC_TRY(auto policy, policy::Policy::load(catalog.text(policy::Policy::kApprovalsPath),
                                            catalog.text(policy::Policy::kAccessPath)));
  BLC_TRY(auto environments, policy::Environments::load(catalog.text(policy::Environments::kPath)));
  BLC_TRY(auto data_classes, policy::DataClasses::load(catalog.text(policy::DataClasses::kPath)));
  BLC_TRY(auto verbs, load_verbs(catalog.files_));
  for (const auto& verb : verbs) BLC_CHECK(data_classes.check(verb));
  catalog.policy_ = std::make_shared<const policy::Policy>(std::move(policy));
  catalog.environments_ = std::make_shared<const policy::Environments>(std::move(environments));
  catalog.data_classes_ = std::make_shared<const policy::DataClasses>(std::move(data_classes));
  catalog.verbs_ = std::make_shared<const std::vector<verb::Verb>>(std::move(verbs));
  return catalog;
}

Result<Catalog> Catalog::from_json(const text::Json& body) {
  text::Fields fields(body, "catalog");
  const auto version = fields.natural("version");
  const auto& listed = fields.object("files");
  BLC_CHECK(fields.finish());
  Files files;
  for (const auto& [path, content] : listed) {
    const auto* const encoded = content.get_if<std::string>();
    auto bytes = encoded == nullptr ? std::nullopt : crypto::from_base64(*encoded);
    if (!bytes) return fail(Exit::ledger, "malformed file in the catalog");
    files.emplace(path, *std::move(bytes));
  }
  return make(version, std::move(files));
}

text::Json Catalog::to_json() const {
  text::Json::Object files;
  for (const auto& [path, bytes] : files_) files.emplace(path, crypto::base64(bytes));
  return text::Json::Object{{"version", version_}, {"files", files}};
}

Result<Catalog::Files> Catalog::read(ports::PracticeFiles& practice) {
  Files files;
  for (const auto* folder : {"verbs", "policies"}) {
    BLC_TRY(const auto paths, practice.list(folder));
    for (const auto& path : paths) {
      BLC_TRY(auto bytes, practice.read(path, kLargestFile));
      if (bytes) files.emplace(path, *std::move(bytes));
    }
  }
  return files;
}

const verb::Verb* Catalog::find_verb(std::string_view name) const {
  const auto found = std::ranges::find(*verbs_, name, &verb::Verb::name);
  return found == verbs_->end() ? nullptr : &*found;
}

std::map<std::string, std::string> Catalog::differences(const Files& others) const {
  std::map<std::string, std::string> found;
  for (const auto& [path, bytes] : others) {
    const auto known = files_.find(path);
    if (known == files_.end()) {
      found.emplace(path, "new");
    } else if (known->second != bytes) {
      found.emplace(path, "changed");
    }
  }
  for (const auto& [path, bytes] : files_) {
    if (!others.contains(path)) found.emplace(path, "missing");
  }
  return found;
}

std::string_view Catalog::text(std::string_view path) const {
  const auto found = files_.find(std::string(path));
  return found == files_.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace blc::trust
