#include "core/tier/kubernetes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/crypto/digest.hpp"
#include "core/text/display.hpp"
#include "core/text/nearest.hpp"
#include "core/tier/values.hpp"

namespace blc::tier {

namespace {

using text::Yaml;

constexpr std::string_view kNoText = "expected text, found several values, or a number or a switch without quotes, which Kubernetes refuses";
constexpr std::size_t kLongest = 64U << 10U;  // of a value that refers to others
constexpr std::array<std::string_view, 5> kWorkloads{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"};

const Yaml* member(const Yaml* map, std::string_view key) {
  if (map == nullptr) return nullptr;
  const auto found = std::ranges::find(map->map, key, &Yaml::Member::key);
  return found == map->map.end() ? nullptr : &found->value;
}

std::string scalar(const Yaml* map, std::string_view key) {
  const auto* const found = member(map, key);
  return found == nullptr ? std::string() : found->scalar;
}

const Yaml* pod_of(const Yaml& object, std::string_view kind) {
  const auto* const spec = member(&object, "spec");
  if (kind == "Pod") return spec;
  if (kind == "CronJob") return member(member(member(member(spec, "jobTemplate"), "spec"), "template"), "spec");
  const auto* const pod = member(member(spec, "template"), "spec");
  // What others define, such as a Rollout, runs what it has a template of.
  const bool runs = std::ranges::find(kWorkloads, kind) != kWorkloads.end() || member(pod, "containers") != nullptr;
  return runs ? pod : nullptr;
}

// What YAML takes for a number or a switch: the interface of Kubernetes wants text there, and refuses the object.
bool is_text(const Yaml& node) {
  constexpr std::array<std::string_view, 8> kSwitches{"true", "false", "yes", "no", "on", "off", "y", "n"};
  if (node.kind != Yaml::Kind::scalar) return false;
  if (node.quoted || node.null) return true;
  return std::ranges::find(kSwitches, lower(node.scalar)) == kSwitches.end() && !text::is_number(node.scalar);
}

// Base64, folded or not; nothing where it is none.
std::optional<Secret> decoded(std::string folded) {
  std::erase_if(folded, [](char c) { return c == '\n' || c == ' '; });
  auto bytes = crypto::from_base64(folded);
  Secret::wipe(folded);
  if (!bytes) return std::nullopt;
  return Secret::take(*std::move(bytes));
}

bool is_true(const Yaml* node) { return node != nullptr && node->scalar == "true"; }

// $(NAME) where NAME was set before; any other stays, as Kubernetes leaves it. Nothing where it is unseen.
Result<std::optional<Secret>> dependent(std::string_view text, const Configuration& configuration, const Origin& origin) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at, 2) == "$$") {  // a dollar that begins no reference
      out += '$';
      at += 2;
      continue;
    }
    const auto end = text.substr(at, 2) == "$(" ? text.find(')', at) : std::string_view::npos;
    const auto* const known = end == std::string_view::npos ? nullptr : configuration.find(text.substr(at + 2, end - at - 2));
    if (known == nullptr) {
      out += text[at++];
      continue;
    }
    if (!known->value) return std::nullopt;
    out += known->value->reveal();
    if (out.size() > kLongest) return input_error(origin, "expected a value of at most 64 KiB, found more");
    at = end + 1;
  }
  return Secret::take(std::move(out));
}

}  // namespace

Result<> Manifests::add(std::string_view text, const std::string& file, const std::string& choice) {
  BLC_TRY(const auto documents, text::parse_foreign_yaml(text, file));
  bool any = false;
  for (const auto& document : documents) {
    if (document.null || (document.kind == Yaml::Kind::map && document.map.empty())) continue;
    any = true;
    BLC_CHECK(add_object(document, file));
  }
  if (!any) return input_error({file, 0}, "expected objects of Kubernetes, found none");
  if (!choice.empty()) choices_.push_back({file, choice});
  return {};
}

Result<> Manifests::add_object(const Yaml& object, const std::string& file) {
  const auto kind = scalar(&object, "kind");
  if (kind.empty()) return input_error({file, object.mark.line}, "expected an object of Kubernetes with a kind, found something else");
  if (const auto* const items = member(&object, "items"); items != nullptr && kind.ends_with("List")) {
    for (const auto& item : items->list) BLC_CHECK(add_object(item, file));
    return {};
  }
  const auto* const metadata = member(&object, "metadata");
  const Name name{scalar(metadata, "namespace"), scalar(metadata, "name")};
  if (kind == "ConfigMap" || kind == "Secret") {
    const Origin origin{file, object.mark.line};
    if (name.second.empty()) return input_error(origin, fmt::format("expected a name in the metadata of the {}, found none", kind));
    Data data;
    BLC_CHECK(read_data(object, file, kind == "Secret", data));
    const auto [known, fresh] = (kind == "Secret" ? secrets_ : maps_).try_emplace(name, std::move(data));
    // The later one replaces the earlier one: what that alone holds would hide what is missing.
    if (!fresh && !same(known->second, data)) return input_error(origin, fmt::format("expected each {} once, found another one of the same name", kind));
    return {};
  }
  if (const auto* const pod = pod_of(object, kind); pod != nullptr) workloads_.push_back({*pod, file, name.first, name.second});
  return {};
}

bool Manifests::same(const Data& one, const Data& other) {
  return std::ranges::equal(one, other, [](const auto& left, const auto& right) { return left.first == right.first && left.second.first.reveal() == right.second.first.reveal(); });
}

Result<> Manifests::read_data(const Yaml& object, const std::string& file, bool secret, Data& data) {
  for (const auto* const part : {"data", "stringData"}) {
    const auto* const members = member(&object, part);
    if (members != nullptr && members->kind != Yaml::Kind::map && !members->null) return input_error({file, members->mark.line}, fmt::format("expected a map ({})", part));
  }
  if (const auto* const members = member(&object, "data"); members != nullptr) {
    for (const auto& each : members->map) {
      const Origin origin{file, each.mark.line};
      if (!is_text(each.value)) return input_error(origin, kNoText);
      auto value = secret ? decoded(each.value.scalar) : std::optional(Secret::copy(each.value.scalar));
      if (!value) return input_error(origin, fmt::format("expected base64{}, found something else", is_variable_name(each.key) ? " for " + each.key : ""));
      data.insert_or_assign(each.key, std::pair(*std::move(value), origin));
    }
  }
  if (const auto* const plain = secret ? member(&object, "stringData") : nullptr; plain != nullptr) {
    for (const auto& each : plain->map) {
      if (!is_text(each.value)) return input_error({file, each.mark.line}, kNoText);
      data.insert_or_assign(each.key, std::pair(Secret::copy(each.value.scalar), Origin{file, each.mark.line}));
    }
  }
  return {};
}

std::vector<Manifests::Container> Manifests::containers() const {
  std::vector<Container> found;
  for (const auto& workload : workloads_) {
    for (const auto* const kind : {"initContainers", "containers"}) {
      const auto* const list = member(&workload.pod, kind);
      if (list == nullptr) continue;
      for (const auto& each : list->list) found.push_back({&each, &workload, fmt::format("{}/{}", workload.name, scalar(&each, "name"))});
    }
  }
  return found;
}

Result<Manifests::Container> Manifests::choose() const {
  if (choices_.size() > 1)
    return fail(Exit::usage, "more than one container is named, and what one lacks another would hide", "name one container with --k8s, and validate the other by itself");
  auto meant = containers();
  std::vector<std::string> names;  // of those that may be named
  for (const auto& each : meant) {
    if (choices_.empty() || each.workload->file == choices_.front().file) names.push_back(each.name);
  }
  const auto listed = text::display(fmt::format("{}", fmt::join(names, ", ")));
  if (!choices_.empty()) {
    const auto& [file, name] = choices_.front();
    std::erase_if(meant, [&](const Container& each) { return each.workload->file != file || (each.name != name && each.workload->name != name); });
    if (meant.empty())
      return fail(Exit::usage, fmt::format("{} has no workload or container {}", text::display(file), text::display(name)),
                  text::did_you_mean(name, names, names.empty() ? "it has none" : fmt::format("it has {}", listed)));
  }
  if (meant.size() == 1) return meant.front();
  const auto& file = meant.front().workload->file;
  const auto same = std::ranges::count(meant, meant.front().name, &Container::name);
  if (same == std::ranges::ssize(meant))
    return fail(Exit::usage, fmt::format("the container {} stands more than once in what was given", text::display(meant.front().name)),
                "name the file of the one that is meant, behind it a : and the container; keep two of one name in two files");
  return fail(Exit::usage, fmt::format("{} has more than one container, and it is not clear which one is meant", text::display(file)),
              fmt::format("name it: --k8s {}:WORKLOAD/CONTAINER, one of {}", text::display(file), listed));
}

Result<> Manifests::read(const Reading& reading) const {
  if (workloads_.empty() && choices_.empty()) return read_objects(reading);
  if (choices_.empty() && containers().empty()) return {};
  BLC_TRY(const auto chosen, choose());
  return read_container(*chosen.node, *chosen.workload, reading);
}

Result<> Manifests::read_objects(const Reading& reading) const {
  for (const auto* const objects : {&maps_, &secrets_}) {
    if (objects->size() > 1) {
      const std::string_view kind = objects == &maps_ ? "ConfigMap" : "Secret";
      return fail(Exit::usage, fmt::format("more than one {} was given, and nothing that runs by them", kind), "give the workload too: --k8s FILE");
    }
    for (const auto& [name, data] : *objects) {
      for (const auto& [key, value] : data) {
        if (is_variable_name(key)) BLC_CHECK(reading.put(key, Secret::copy(value.first.reveal()), value.second));
      }
    }
  }
  return {};
}

Result<> Manifests::read_container(const Yaml& container, const Workload& workload, const Reading& reading) const {
  if (const auto* const image = member(&container, "image"); image != nullptr && !image->scalar.empty())
    reading.into.set_image(Secret::copy(image->scalar), {workload.file, image->mark.line});
  for (const auto* const part : {"envFrom", "env"}) {
    const auto* const list = member(&container, part);
    if (list != nullptr && list->kind != Yaml::Kind::list && !list->null) return input_error({workload.file, list->mark.line}, fmt::format("expected a list ({})", part));
  }
  if (const auto* const sources = member(&container, "envFrom"); sources != nullptr) {
    for (const auto& source : sources->list) BLC_CHECK(read_source(source, workload, reading));
  }
  if (const auto* const variables = member(&container, "env"); variables != nullptr) {
    std::map<std::string, int> lines;
    for (const auto& variable : variables->list) {
      BLC_CHECK(read_variable(variable, workload, reading));
      const auto [first, fresh] = lines.try_emplace(scalar(&variable, "name"), variable.mark.line);
      if (!fresh) reading.into.notice(stands_twice(first->first, first->second, {workload.file, variable.mark.line}));
    }
  }
  return {};
}

std::string Manifests::not_given(const std::string& name, const std::string& space) const {
  const auto elsewhere = std::ranges::find_if(maps_, [&](const auto& each) { return each.first.second == name; });
  const auto where = [](const std::string& each) { return each.empty() ? std::string("no namespace") : "namespace " + text::display(each); };
  if (elsewhere == maps_.end()) return fmt::format("expected the ConfigMap {} among the inputs, found none", text::display(name));
  return fmt::format("expected the ConfigMap {} in {}, found it in {}", text::display(name), where(space), where(elsewhere->first.first));
}

Result<> Manifests::read_source(const Yaml& source, const Workload& workload, const Reading& reading) const {
  const auto* const secret = member(&source, "secretRef");
  const auto* const reference = secret != nullptr ? secret : member(&source, "configMapRef");
  const auto name = scalar(reference, "name");
  const Origin origin{workload.file, source.mark.line};
  if (name.empty()) return input_error(origin, "expected a configMapRef or a secretRef with a name in envFrom, found neither");
  const auto prefix = scalar(&source, "prefix");
  const auto& objects = secret != nullptr ? secrets_ : maps_;
  const auto found = objects.find({workload.space, name});
  if (found == objects.end()) {
    if (is_true(member(reference, "optional"))) return {};
    // Secrets stay out of repositories; any other part of the configuration that is not there is a missing input.
    if (secret == nullptr) return input_error(origin, not_given(name, workload.space));
    reading.into.unseen_source({fmt::format("Secret {}", text::display(name)), origin, prefix});
    return {};
  }
  for (const auto& [key, value] : found->second) {
    if (is_variable_name(prefix + key)) BLC_CHECK(reading.put(prefix + key, Secret::copy(value.first.reveal()), value.second));
  }
  return {};
}

Result<> Manifests::read_variable(const Yaml& variable, const Workload& workload, const Reading& reading) const {
  const auto name = scalar(&variable, "name");
  const Origin origin{workload.file, variable.mark.line};
  if (!is_variable_name(name)) return input_error(origin, "expected the name of a variable in env, found something else");
  if (const auto* const from = member(&variable, "valueFrom"); from != nullptr) {
    return read_reference(name, *from, workload, origin, reading);
  }
  const auto* const value = member(&variable, "value");
  if (value != nullptr && !is_text(*value)) return input_error(origin, kNoText);
  BLC_TRY(auto made, dependent(value == nullptr ? std::string_view() : value->scalar, reading.into, origin));
  return reading.put(name, std::move(made), origin);
}

Result<> Manifests::read_reference(const std::string& name, const Yaml& from, const Workload& workload, const Origin& origin, const Reading& reading) const {
  constexpr std::array<std::string_view, 5> kSources{"secretKeyRef", "configMapKeyRef", "fieldRef", "resourceFieldRef", "fileKeyRef"};
  if (from.map.size() != 1 || std::ranges::find(kSources, from.map.front().key) == kSources.end())
    return input_error(origin, fmt::format("expected one of {} in valueFrom, found something else", fmt::join(kSources, ", ")));
  const auto* const secret = member(&from, "secretKeyRef");
  const auto* const reference = secret != nullptr ? secret : member(&from, "configMapKeyRef");
  const auto& objects = secret != nullptr ? secrets_ : maps_;
  const auto object = objects.find({workload.space, scalar(reference, "name")});
  const bool optional = is_true(member(reference, "optional"));
  if (object == objects.end() && secret == nullptr && reference != nullptr) {
    if (!optional) reading.into.notice({Notice::Kind::undefined, name, "refers to a ConfigMap that was not given: " + not_given(scalar(reference, "name"), workload.space), origin});
    return {};
  }
  if (object == objects.end() && secret != nullptr && optional) {  // the setting itself may not be there
    reading.into.unseen_source({fmt::format("Secret {}", text::display(scalar(reference, "name"))), origin, name});
    return {};
  }
  if (reference == nullptr || object == objects.end()) return reading.put(name, std::nullopt, origin);
  const auto key = object->second.find(scalar(reference, "key"));
  if (key != object->second.end()) return reading.put(name, Secret::copy(key->second.first.reveal()), key->second.second);
  if (!optional) reading.into.notice({Notice::Kind::undefined, name,
                       fmt::format("refers to a key that the {} {} does not hold", secret != nullptr ? "Secret" : "ConfigMap",
                                   text::display(scalar(reference, "name"))), origin});
  return {};
}

}  // namespace blc::tier
