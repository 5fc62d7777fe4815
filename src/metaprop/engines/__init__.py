"""How a posterior is computed: one contract, engines that do not know each other."""
