#pragma once
#include <memory>
#include <variant>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/text/json.hpp"
#include "core/trust/catalog.hpp"
#include "core/trust/root.hpp"

namespace blc::trust {

// The whole next root or the whole next catalog, which admins are asked to adopt until a deadline.
class Proposal {
 public:
  Proposal(Root next, Timestamp deadline) : next_(std::make_shared<const Root>(std::move(next))), deadline_(deadline) {}
  Proposal(Catalog next, Timestamp deadline) : next_(std::make_shared<const Catalog>(std::move(next))), deadline_(deadline) {}
  // Errors are those of Root::from_json and Catalog::from_json.
  static Result<Proposal> from_json(const text::Json& body);
  [[nodiscard]] text::Json to_json() const;

  // One of them is null.
  [[nodiscard]] const Root* root() const;
  [[nodiscard]] const Catalog* catalog() const;
  [[nodiscard]] std::uint64_t version() const;
  [[nodiscard]] Timestamp deadline() const noexcept { return deadline_; }

 private:
  std::variant<std::shared_ptr<const Root>, std::shared_ptr<const Catalog>> next_;
  Timestamp deadline_;
};

}  // namespace blc::trust
