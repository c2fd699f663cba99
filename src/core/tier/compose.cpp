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

class Reader {
 public:
  Reader(const std::string& file, const Reading& reading) : file_(file), reading_(reading) {}

  Result<std::string> read(const Yaml& root, const std::string& service) {
    const auto* const services = member(root, "services");
    if (services == nullptr || services->kind != Yaml::Kind::map)
      return input_error({file_, root.mark.line}, "expected a compose file with a map of services, found none");
    BLC_TRY(const auto* const named, choose(*services, service));
    const auto* const chosen = &named->value;
    if (chosen->kind != Yaml::Kind::map) return error(*chosen, "expected a map (service)");
    if (const auto* const extends = member(*chosen, "extends"); extends != nullptr)
      return error(*extends, "expected a service that stands here whole, found extends, which blc does not follow");
    // Compose fills nothing in from what the service itself is given: references are read first.
    if (const auto* const image = member(*chosen, "image"); image != nullptr) BLC_CHECK(set_image(*image));
    if (const auto* const environment = member(*chosen, "environment"); environment != nullptr) BLC_CHECK(variables(*environment));
    if (const auto* const files = member(*chosen, "env_file"); files != nullptr) BLC_CHECK(env_files(*files));
    for (auto& [name, value, origin] : environment_) reading_.into.set(std::move(name), std::move(value), std::move(origin));
    return named->key;
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
    if (!node.scalar.empty()) reading_.into.set_image(std::move(made.value), origin);
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
    const auto name = beside(file_, path->scalar);
    const auto bytes = reading_.file(name);
    if (!bytes && !required) return {};
    if (!bytes) return fail(bytes.error().code, fmt::format("{}: {}", to_string({file_, path->mark.line}), bytes.error().message), bytes.error().hint);
    return format == "raw" ? read_raw_env(bytes->reveal(), name, reading_) : read_dotenv(bytes->reveal(), name, reading_);
  }

  Result<> variables(const Yaml& node) {
    for (const auto& each : node.map) {
      if (each.value.kind != Yaml::Kind::scalar) return error(each.value, "expected a value in environment");
      BLC_CHECK(variable(each.key, each.value.null ? nullptr : &each.value.scalar, {file_, each.mark.line}));
    }
    std::map<std::string, int> lines;
    for (const auto& each : node.list) {
      const auto equals = each.scalar.find('=');
      const auto value = equals == std::string::npos ? std::string() : each.scalar.substr(equals + 1);
      if (each.kind != Yaml::Kind::scalar) return error(each, "expected KEY=VALUE in environment");
      const auto [first, fresh] = lines.try_emplace(each.scalar.substr(0, equals), each.mark.line);
      if (!fresh) reading_.into.notice(stands_twice(first->first, first->second, {file_, each.mark.line}));
      BLC_CHECK(variable(first->first, equals == std::string::npos ? nullptr : &value, {file_, each.mark.line}));
    }
    if (node.kind == Yaml::Kind::scalar && !node.null) return error(node, "expected a map or a list (environment)");
    return {};
  }

  // Without a value it is the process's variable, or not set at all.
  Result<> variable(const std::string& name, const std::string* value, const Origin& origin) {
    if (!is_variable_name(name)) return input_error(origin, "expected the name of a variable in environment, found something else");
    if (value != nullptr) {
      BLC_TRY(auto made, interpolated(name, *value, Dialect::compose, reading_, origin));
      environment_.push_back({name, std::move(made), origin});
    } else if (auto passed = reading_.variables(name)) {
      environment_.push_back({name, Secret::take(*std::move(passed)), origin});
    }
    return {};
  }

  struct Variable {
    std::string name;
    std::optional<Secret> value;
    Origin origin;
  };

  const std::string& file_;
  const Reading& reading_;
  std::vector<Variable> environment_;  // counts before the files of env_file
};

}  // namespace

Result<std::string> read_compose(std::string_view text, const std::string& file, const std::string& service, const Reading& reading) {
  BLC_TRY(const auto documents, text::parse_foreign_yaml(text, file));
  if (documents.size() != 1) return input_error({file, 0}, "expected one document (a compose file), found " + std::to_string(documents.size()));
  return Reader(file, reading).read(documents.front(), service);
}

}  // namespace blc::tier
