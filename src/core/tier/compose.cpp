#include "core/tier/compose.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "core/text/display.hpp"
#include "core/text/nearest.hpp"
#include "core/text/yaml.hpp"
#include "core/tier/dotenv.hpp"
#include "core/tier/interpolation.hpp"

namespace blc::tier {

namespace {

using text::Yaml;

const Yaml* member(const Yaml& map, std::string_view key) {
  const auto found = std::ranges::find(map.map, key, &Yaml::Member::key);
  return found == map.map.end() ? nullptr : &found->value;
}

std::string beside(const std::string& file, const std::string& other) {
  const auto slash = file.rfind('/');
  return other.starts_with('/') || slash == std::string::npos ? other : file.substr(0, slash + 1) + other;
}

// What YAML takes for a number, and compose would write otherwise: 2026.10 as 2026.1, 010 as 8, 1e3 as 1000.
bool is_other_number(const Yaml& node) {
  if (node.quoted || !text::is_number(node.scalar)) return false;
  auto digits = std::string_view(node.scalar);
  if (digits.starts_with('-')) digits.remove_prefix(1);
  const auto point = digits.find('.');
  const auto whole = digits.substr(0, point);
  const auto part = point == std::string_view::npos ? std::string_view() : digits.substr(point + 1);
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::size_t kMostDigits = 15;  // of which none is lost
  const bool plain = !whole.empty() && whole.find_first_not_of(kDigits) == std::string_view::npos && part.find_first_not_of(kDigits) == std::string_view::npos;
  const bool as_it_stands = (whole == "0" || !whole.starts_with('0')) && (point == std::string_view::npos || (!part.empty() && !part.ends_with('0')));
  return !plain || !as_it_stands || digits.size() > kMostDigits;
}

}  // namespace

// One file.
class ComposeReader {
 public:
  ComposeReader(const std::string& file, Compose& into, const Reading& reading) : file_(file), into_(into), reading_(reading) {}

  Result<> read(const Yaml& root, const std::string& name) {
    const auto* const services = member(root, "services");
    if (services == nullptr || services->kind != Yaml::Kind::map)
      return input_error({file_, root.mark.line}, "expected a compose file with a map of services, found none");
    BLC_TRY(const auto* const named, choose(*services, name));
    if (into_.service_.empty()) into_.service_ = named->key;
    if (into_.service_ != named->key)
      return fail(Exit::usage, fmt::format("{} and {} are two services, and what one lacks the other would hide", text::display(into_.service_), text::display(named->key)),
                  "name one service with --compose, and validate the other by itself");
    const auto& service = named->value;
    if (service.kind != Yaml::Kind::map) return error(service, "expected a map (service)");
    if (const auto* const extends = member(service, "extends"); extends != nullptr)
      return error(*extends, "expected a service that stands here whole, found extends, which blc does not follow");
    if (const auto* const image = member(service, "image"); image != nullptr) BLC_CHECK(set_image(*image));
    if (const auto* const environment = member(service, "environment"); environment != nullptr) BLC_CHECK(variables(*environment));
    if (const auto* const files = member(service, "env_file"); files != nullptr) BLC_CHECK(env_files(*files));
    return {};
  }

 private:
  [[nodiscard]] std::unexpected<Error> error(const Yaml& node, std::string_view message) const {
    return input_error({file_, node.mark.line}, message);
  }

  Result<const Yaml::Member*> choose(const Yaml& services, const std::string& service) const {
    std::vector<std::string> names;
    for (const auto& each : services.map) names.push_back(each.key);
    const auto listed = text::display(fmt::format("{}", fmt::join(names, ", ")));
    if (!service.empty()) {
      const auto named = std::ranges::find(services.map, service, &Yaml::Member::key);
      if (named != services.map.end()) return &*named;
      return fail(Exit::usage, fmt::format("{} has no service {}", text::display(file_), text::display(service)),
                  text::did_you_mean(service, names, fmt::format("it has {}", listed)));
    }
    if (services.map.size() == 1) return &services.map.front();
    if (names.empty()) return error(services, "expected a compose file with a map of services, found none");
    return fail(Exit::usage, fmt::format("{} has more than one service, and it is not clear which one is meant", text::display(file_)),
                fmt::format("name it: --compose {}:SERVICE, one of {}", text::display(file_), listed));
  }

  Result<> set_image(const Yaml& node) {
    if (node.kind != Yaml::Kind::scalar) return error(node, "expected the name of an image, found several values");
    const Origin origin{file_, node.mark.line};
    BLC_TRY(auto made, interpolate(node.scalar, Dialect::compose, reading_, origin));
    if (!node.scalar.empty()) into_.image_ = Setting{std::move(made.value), origin};
    return {};
  }

  Result<> env_files(const Yaml& node) {
    if (node.kind != Yaml::Kind::list) return env_file(node);
    for (const auto& each : node.list) BLC_CHECK(env_file(each));
    return {};
  }

  Result<> env_file(const Yaml& node) {
    const auto* path = &node;
    bool required = true;
    std::string format;
    if (node.kind == Yaml::Kind::map) {
      path = member(node, "path");
      const auto* const flag = member(node, "required");
      required = flag == nullptr || flag->scalar != "false";
      if (const auto* const named = member(node, "format"); named != nullptr) format = named->scalar;
      if (!format.empty() && format != "raw") return error(node, "expected raw as the format of env_file, or none");
    }
    if (path == nullptr || path->kind != Yaml::Kind::scalar || path->scalar.empty()) return error(node, "expected the path of a file in env_file");
    const Origin origin{file_, path->mark.line};
    BLC_TRY(const auto made, interpolate(path->scalar, Dialect::compose, reading_, origin));
    if (!made.value || made.value->empty()) return input_error(origin, "expected the path of a file in env_file, found a reference to what nothing sets");
    if (made.value->reveal().starts_with('~')) return input_error(origin, "expected a path that does not begin with ~ in env_file: it depends on who starts it");
    auto named = beside(into_.first_, std::string(made.value->reveal()));
    // One that is named again stays where it was.
    if (std::ranges::find(into_.env_files_, named, &Compose::EnvFile::path) == into_.env_files_.end())
      into_.env_files_.push_back({std::move(named), required, format == "raw", origin});
    return {};
  }

  Result<> variables(const Yaml& node) {
    for (const auto& each : node.map) {
      const Origin origin{file_, each.mark.line};
      if (each.value.kind != Yaml::Kind::scalar) return error(each.value, "expected a value in environment");
      if (is_other_number(each.value)) return input_error(origin, "expected quotes around a number that compose would write otherwise, found none");
      BLC_CHECK(variable(each.key, each.value.null ? nullptr : &each.value.scalar, origin));
    }
    std::map<std::string, int> lines;
    for (const auto& each : node.list) {
      const auto equals = each.scalar.find('=');
      const auto value = equals == std::string::npos ? std::string() : each.scalar.substr(equals + 1);
      if (each.kind != Yaml::Kind::scalar) return error(each, "expected KEY=VALUE in environment");
      const auto [first, fresh] = lines.try_emplace(each.scalar.substr(0, equals), each.mark.line);
      if (!fresh) into_.notices_.push_back(stands_twice(first->first, first->second, {file_, each.mark.line}));
      BLC_CHECK(variable(first->first, equals == std::string::npos ? nullptr : &value, {file_, each.mark.line}));
    }
    if (node.kind == Yaml::Kind::scalar && !node.null) return error(node, "expected a map or a list (environment)");
    return {};
  }

  // Without a value it is the process's variable, or not set at all.
  Result<> variable(const std::string& name, const std::string* value, const Origin& origin) {
    if (!is_variable_name(name)) return input_error(origin, "expected the name of a variable in environment, found something else");
    Compose::Variable made{.value = std::nullopt, .undefined = {}, .none = false, .origin = origin};
    if (value != nullptr) {
      BLC_TRY(auto read, interpolate(*value, Dialect::compose, reading_, origin));
      made.value = std::move(read.value);
      made.undefined = std::move(read.undefined);
    } else if (auto passed = reading_.variables(name)) {
      made.value = Secret::take(*std::move(passed));
    } else {
      made.none = true;
    }
    into_.environment_.insert_or_assign(name, std::move(made));
    return {};
  }

  const std::string& file_;
  Compose& into_;
  const Reading& reading_;
};

Result<> Compose::add(std::string_view text, const std::string& file, const std::string& service, const Reading& reading) {
  BLC_TRY(const auto documents, text::parse_foreign_yaml(text, file));
  if (documents.size() != 1) return input_error({file, 0}, "expected one document (a compose file), found " + std::to_string(documents.size()));
  if (first_.empty()) first_ = file;
  return ComposeReader(file, *this, reading).read(documents.front(), service);
}

Result<> Compose::read(const Reading& reading) const {
  // What the service is given in `environment` fills in references of these files, after the process.
  const Variables variables = [&](const std::string& name) {
    if (auto own = reading.variables(name)) return own;
    const auto given = environment_.find(name);
    return given == environment_.end() || !given->second.value ? std::nullopt : std::optional(std::string(given->second.value->reveal()));
  };
  const Reading within{reading.into, variables, reading.file, reading.prefix};
  for (const auto& each : env_files_) {
    auto given = reading.file(each.path);
    if (given && !*given && !each.required) continue;
    const auto bytes = Reading::whole(std::move(given), each.path);
    if (!bytes) return fail(bytes.error().code, fmt::format("{}: {}", to_string(each.origin), bytes.error().message), bytes.error().hint);
    const auto text = bytes->reveal();
    BLC_CHECK(each.raw ? read_raw_env(text, each.path, within) : read_dotenv(text, each.path, within, Dialect::env_file));
  }
  for (const auto& notice : notices_) reading.into.notice(notice);
  for (const auto& [name, variable] : environment_) {
    if (variable.none) {
      reading.into.unset(name);
      continue;
    }
    notice_undefined(name, variable.undefined, reading, variable.origin);
    BLC_CHECK(reading.put(name, variable.value ? std::optional(Secret::copy(variable.value->reveal())) : std::nullopt, variable.origin));
  }
  if (image_) reading.into.set_image(image_->value ? std::optional(Secret::copy(image_->value->reveal())) : std::nullopt, image_->origin);
  return {};
}

}  // namespace blc::tier
