// The environment of what Kubernetes runs: Deployment, StatefulSet and their like, with the ConfigMaps and Secrets that
// they name, whichever file those stand in.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/yaml.hpp"
#include "core/tier/configuration.hpp"

namespace blc::tier {

class Manifests {
 public:
  // Adds the objects of one file; other kinds are passed over. `choice` is the container of that file to read, "WORKLOAD" or
  // "WORKLOAD/CONTAINER"; empty: none is chosen there. Exit::usage, naming the line: what is no YAML, an object without kind
  // or name, base64 that is none.
  [[nodiscard]] Result<> add(std::string_view text, const std::string& file, const std::string& choice = "");
  // Sets what one container gets, envFrom, then env, and its image: the one that was chosen, or the only one; init containers
  // are containers too. Without any workload, what the ConfigMap and the Secret hold. What comes from objects that were not
  // added, or from the pod itself, is unseen. Exit::usage where it is not clear which one is meant: of several, what one lacks
  // another would hide.
  [[nodiscard]] Result<> read(const Reading& reading) const;

 private:
  using Data = std::map<std::string, std::pair<Secret, Origin>>;
  struct Workload {
    text::Yaml pod;  // its pod's spec
    std::string file;
    std::string space;
    std::string name;
  };
  struct Container {
    const text::Yaml* node;
    const Workload* workload;
    std::string name;  // "WORKLOAD/CONTAINER"
  };
  struct Choice {
    std::string file;
    std::string name;
  };
  using Name = std::pair<std::string, std::string>;  // namespace, name

  Result<> add_object(const text::Yaml& object, const std::string& file);
  static Result<> read_data(const text::Yaml& object, const std::string& file, bool secret, Data& data);
  static bool same(const Data& one, const Data& other);
  [[nodiscard]] std::vector<Container> containers() const;
  [[nodiscard]] Result<Container> choose() const;
  Result<> read_objects(const Reading& reading) const;
  Result<> read_container(const text::Yaml& container, const Workload& workload, const Reading& reading) const;
  Result<> read_source(const text::Yaml& source, const Workload& workload, const Reading& reading) const;
  Result<> read_variable(const text::Yaml& variable, const Workload& workload, const Reading& reading) const;
  [[nodiscard]] std::string not_given(const std::string& name, const std::string& space) const;
  Result<> read_reference(const std::string& name, const text::Yaml& from, const Workload& workload, const Origin& origin, const Reading& reading) const;

  std::map<Name, Data> maps_;
  std::map<Name, Data> secrets_;
  std::vector<Workload> workloads_;
  std::vector<Choice> choices_;
};

}  // namespace blc::tier
