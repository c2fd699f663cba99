#pragma once
#include <map>
#include <memory>
#include <string>

#include "core/approval/run.hpp"
#include "core/base/result.hpp"
#include "core/trust/catalog.hpp"

namespace blc::approval {

// Verb and policies as loaded from the texts that a plan carries.
struct Governed {
  std::shared_ptr<const verb::Verb> verb;
  std::shared_ptr<const policy::Policy> policy;
  std::shared_ptr<const policy::Environments> environments;
  std::shared_ptr<const policy::DataClasses> data_classes;
};

// Checks that a plan answers its request and follows from the texts that it says govern it, and outside
// local that those texts are the adopted catalog's. `undone`: of a rollback, the run that it takes back, with its plan. Texts
// seen before are not parsed again.
class GoverningCache {
 public:
  [[nodiscard]] Result<Governed> check(const plan::Plan& plan, const RequestFact& request, const Run& run,
                                       const trust::Catalog* catalog, const Run* undone);
  [[nodiscard]] Result<Governed> load(const plan::Governing& texts);

 private:
  std::map<std::string, std::shared_ptr<const verb::Verb>> verbs_;      // by path and text
  std::map<std::string, std::shared_ptr<const policy::Policy>> policies_;  // by both texts
  std::map<std::string, std::shared_ptr<const policy::Environments>> environments_;
  std::map<std::string, std::shared_ptr<const policy::DataClasses>> data_classes_;
};

}  // namespace blc::approval
