#include "core/privacy/registers.hpp"

#include <algorithm>
#include <set>

#include "core/privacy/fhir.hpp"

namespace blc::privacy {

using text::Json;

namespace {

constexpr std::uint64_t kLargestResource = 256U << 10U;
constexpr std::size_t kMostResources = 10'000;

const std::string* text_of(const Json* json) { return json == nullptr ? nullptr : json->get_if<std::string>(); }

// FHIR R4: Consent.patient (6.2), CareTeam.subject (9.6); a Patient (8.1) is its own subject.
std::optional<std::string> subject_of(const Json& json, std::string_view type, const std::string& id) {
  if (type == "Patient") return id;
  const auto* const reference = json.find(type == "Consent" ? "patient" : "subject");
  const auto* const literal = reference == nullptr ? nullptr : text_of(reference->find("reference"));
  return literal == nullptr ? std::nullopt : referred_id(*literal, "Patient");
}

std::expected<Attributed, std::string> read_file(ports::PracticeFiles& files, const std::string& path, std::string_view type) {
  auto bytes = files.read(path, kLargestResource);
  if (!bytes) return std::unexpected(std::string("a file cannot be read, is a link or no file, or is larger than 256 KiB"));
  if (!*bytes) return std::unexpected(std::string("a file vanished while it was read"));
  return read_resource(*std::move(*bytes), type);
}

}  // namespace

std::expected<Attributed, std::string> read_resource(std::string bytes, std::string_view type) {
  const auto wrong = [](std::string_view what) { return std::unexpected(std::string(what)); };
  if (bytes.size() > kLargestResource) return wrong("a resource is larger than 256 KiB");
  auto parsed = text::parse_json(bytes);
  if (!parsed) return wrong("a file is no JSON as blc reads it (each key once, no number with a fraction)");
  const auto* const named = text_of(parsed->find("resourceType"));
  if (named == nullptr || *named != type) return wrong("a file holds no resource of that type");
  const auto* const id = text_of(parsed->find("id"));
  const auto* const meta = parsed->find("meta");
  const auto* const version = meta == nullptr ? nullptr : text_of(meta->find("versionId"));
  if (id == nullptr || !is_id(*id)) return wrong("a resource has no id");
  if (version == nullptr || !is_id(*version)) return wrong("a resource has no version (meta.versionId)");
  auto subject = subject_of(*parsed, type, *id);
  if (!subject) return wrong("a resource does not say whom it is about (a reference Patient/ID)");
  return Attributed{*std::move(subject), {*id, *version, *std::move(parsed), std::move(bytes)}};
}

std::expected<std::vector<Registers::File>, std::string> Registers::files(std::string_view type) const {
  const auto paths = files_.list_all(folder(type));
  if (!paths) return std::unexpected(std::string("its folder cannot be read"));
  std::vector<File> found;
  std::set<std::string> ids;
  for (const auto& path : *paths) {
    if (!path.ends_with(".json")) continue;
    if (found.size() == kMostResources) return std::unexpected(std::string("it holds more than 10,000 files"));
    auto read = read_file(files_, path, type);
    if (read && !ids.insert(read->resource.id).second) read = std::unexpected(std::string("two files hold resources of one id"));
    found.push_back({path, std::move(read)});
  }
  return found;
}

std::expected<std::vector<Resource>, std::string> Registers::about(std::string_view subject, std::string_view type) const {
  auto all = files(type);
  if (!all) return std::unexpected(std::move(all).error());
  std::vector<Resource> found;
  for (auto& file : *all) {
    if (!file.read) return std::unexpected(std::move(file.read).error());
    if (file.read->subject == subject) found.push_back(std::move(file.read->resource));
  }
  std::ranges::sort(found, {}, &Resource::id);
  return found;
}

}  // namespace blc::privacy
