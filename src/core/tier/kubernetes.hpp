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
  // Adds the objects of one file; other kinds are passed over. Exit::usage, naming the line: what is no YAML, an object
  // without kind or name, base64 that is none.
  [[nodiscard]] Result<> add(std::string_view text, const std::string& file);
  // Sets what the containers of all workloads get, in the order of files and containers: envFrom, then env. Without any
  // workload, what the ConfigMaps and Secrets hold. What comes from objects that were not added, or from the pod itself, is
  // unseen.
  [[nodiscard]] Result<> read(const Reading& reading) const;

 private:
  // What later files say of the same object counts, value by value.
  using Data = std::map<std::string, std::pair<Secret, Origin>>;
  struct Workload {
    text::Yaml pod;  // its pod's spec
    std::string file;
    std::string space;
  };
  using Name = std::pair<std::string, std::string>;  // namespace, name

  Result<> add_object(const text::Yaml& object, const std::string& file);
  Result<> add_data(const text::Yaml& object, const std::string& file, const Name& name, bool secret);
  Result<> read_container(const text::Yaml& container, const Workload& workload, const Reading& reading) const;
  Result<> read_source(const text::Yaml& source, const Workload& workload, const Reading& reading) const;
  Result<> read_variable(const text::Yaml& variable, const Workload& workload, const Reading& reading) const;
  [[nodiscard]] std::string not_given(const std::string& name, const std::string& space) const;
  void read_reference(const std::string& name, const text::Yaml& from, const Workload& workload, const Origin& origin, const Reading& reading) const;

  std::map<Name, Data> maps_;
  std::map<Name, Data> secrets_;
  std::vector<Workload> workloads_;
};

}  // namespace blc::tier
