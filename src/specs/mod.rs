//! Floor 3: every YAML file (specs, config, credentials) and git authorship. Sole home of serde_yaml.
