#include "cli/places.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>

#include "cli/pin_words.hpp"
#include "core/adapters/practice_files.hpp"
#include "core/adapters/secure_files.hpp"
#include "core/adapters/system.hpp"
#include "core/ledger/entry.hpp"
#include "core/text/display.hpp"
#include "core/text/json.hpp"
#include "core/text/yaml.hpp"

namespace blc::cli {

namespace fs = std::filesystem;

namespace {

std::string variable(const char* name) { return adapters::variable(name).value_or(""); }

std::string base_directory(const char* name, const std::string& below_home) {
  const auto given = variable(name);
  if (given.starts_with('/')) return given + "/blc";
  const auto home = variable("HOME");
  return home.starts_with('/') ? home + "/" + below_home + "/blc" : "";
}

std::string random_part(const std::string& origin) { return origin.substr(origin.find('/') + 1); }

}  // namespace

Result<Places> Places::of_this_user() {
  Places places{base_directory("XDG_CONFIG_HOME", ".config"), base_directory("XDG_STATE_HOME", ".local/state")};
  if (places.config.empty() || places.state.empty())
    return fail(Exit::usage, "blc does not know where your configuration is", "set HOME");
  return places;
}

std::string Places::pin_file(const std::string& origin) const {
  return config + "/practices/" + random_part(origin) + ".json";
}

std::string Places::client_state(const std::string& origin) const { return state + "/" + random_part(origin); }

std::string PinFile::to_text(bool with_directories) const {
  text::Json::Object json{
      {"format", "blc.pin/v1"},
      {"origin", pin.origin},
      {"root1", pin.root1.hex()},
      {"checkpoint", text::Json::Object{{"size", pin.checkpoint.size}, {"root", pin.checkpoint.root.hex()}}},
      {"losses", pin.losses},
      {"shared", shared},
      {"executor_state", with_directories || shared ? executor_state : ""},
  };
  if (with_directories) json.emplace("directories", text::Json::Array(directories.begin(), directories.end()));
  return text::canonical(json) + "\n";
}

Result<PinFile> PinFile::parse(const std::string& text, const std::string& path) {
  auto read = [&]() -> Result<PinFile> {
    BLC_TRY(const auto json, text::parse_json(text));
    text::Fields fields(json, "pin");
    PinFile file;
    if (fields.string("format") != "blc.pin/v1") fields.fault("format", "is not blc.pin/v1");
    file.pin.origin = fields.string("origin");
    if (!ledger::is_origin(file.pin.origin)) fields.fault("origin", "is no origin");
    file.pin.root1 = {fields.as("root1", Digest::parse_hex)};
    text::Fields checkpoint(fields.any("checkpoint"), "checkpoint");
    file.pin.checkpoint.size = checkpoint.natural("size");
    file.pin.checkpoint.root = checkpoint.as("root", Digest::parse_hex);
    BLC_CHECK(checkpoint.finish());
    file.pin.losses = fields.natural("losses");
    file.shared = fields.boolean("shared");
    file.executor_state = fields.string("executor_state");
    if (fields.has("directories")) file.directories = fields.strings("directories");
    // As trust pin --json adds them.
    if (fields.has("words") && fields.string("words") != pin_words(file.pin)) fields.fault("words", "are not those of this pin");
    BLC_CHECK(fields.finish());
    return file;
  }();
  if (!read)
    return fail(Exit::authentication, fmt::format("{} is no pin: {}", path, read.error().message),
                "get it again from somebody whom you trust: blc trust pin");
  return read;
}

Result<std::optional<PinFile>> load_pin(const Places& places, const std::string& origin) {
  const auto path = places.pin_file(origin);
  BLC_TRY(const auto text, adapters::read_private(path, adapters::Readers::owner));
  if (!text) return std::optional<PinFile>();
  BLC_TRY(auto pin, PinFile::parse(*text, path));
  if (pin.pin.origin != origin) return fail(Exit::authentication, path + " is the pin of another ledger");
  return std::optional(std::move(pin));
}

Result<> save_pin(const Places& places, const PinFile& pin) {
  const auto path = places.pin_file(pin.pin.origin);
  BLC_CHECK(adapters::make_private_directory(fs::path(path).parent_path().string()));
  adapters::write_private(path, pin.to_text(true));
  return {};
}

Result<std::string> shipped_catalog() {
  std::error_code error;
  const auto binary = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const auto folder = binary.parent_path();
    // Installed: PREFIX/bin/blc. Built: SOURCE/build/PRESET/blc or one folder deeper.
    for (const auto& candidate : {folder / "../share/blc", folder / "../..", folder / "../../.."}) {
      if (fs::is_regular_file(candidate / "policies/approvals.yaml", error)) return fs::canonical(candidate).string();
    }
  }
  return fail(Exit::failed, "the shipped verbs and policies are missing", "install blc again");
}

std::string practice_file_text(const PracticeFile& file) {
  return fmt::format(
      "# A blc practice. This file names it and sets nothing else: who may do what stands in the ledger.\n"
      "practice: {}\norigin: {}\n",
      file.name, file.origin);
}

Result<PracticeFile> read_practice_file(const std::string& directory) {
  const std::string name = "blc.yaml";
  BLC_TRY(const auto files, adapters::DirectoryPractice::open(directory));
  BLC_TRY(const auto text, files->read(name, 1U << 16U));
  if (!text) return fail(Exit::usage, directory + " is no practice: it has no blc.yaml", "blc init makes one");
  BLC_TRY(const auto yaml, text::parse_yaml(*text, name));
  text::YamlFields fields(yaml, name, "practice");
  PracticeFile file{fields.string("practice"), fields.string("origin")};
  BLC_CHECK(fields.finish());
  if (!is_name(file.name) || !ledger::is_origin(file.origin))
    return fail(Exit::usage, "blc.yaml: expected a practice's name and its ledger's origin");
  return file;
}

Result<std::string> find_practice(const std::string& given) {
  std::error_code error;
  const auto named = given.empty() ? variable("BLC_PRACTICE") : given;
  if (!named.empty()) {
    const auto path = fs::canonical(named, error);
    if (error || !fs::is_regular_file(path / "blc.yaml", error))
      return fail(Exit::usage, fmt::format("{} is no practice: it has no blc.yaml", text::display(named)), "blc init makes one");
    return path.string();
  }
  auto folder = fs::current_path(error);
  while (!error && !fs::is_regular_file(folder / "blc.yaml", error)) {
    if (folder == folder.root_path())
      return fail(Exit::usage, "there is no practice here or above: no blc.yaml",
                  "go to one, name one with --practice, or make one: blc init DIR --name NAME");
    folder = folder.parent_path();
    error.clear();
  }
  const auto path = fs::canonical(folder, error);
  if (error) return fail(Exit::usage, "the working directory cannot be read");
  return path.string();
}

}  // namespace blc::cli
